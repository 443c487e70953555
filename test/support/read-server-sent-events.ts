export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** Follows a stream of server-sent events (WHATWG HTML, 9.2) until it ends or the signal aborts. */
export async function* readServerSentEvents(
  address: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<ServerSentEvent> {
  try {
    const response = await fetch(address, { signal, headers });
    if (!response.ok || response.body === null)
      throw new Error(`${address} answered ${response.status}.`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      yield* events.map(parse);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function parse(event: string): ServerSentEvent {
  const field = (name: string) =>
    [...event.matchAll(new RegExp(`^${name}: ?(.*)$`, 'gm'))].map((match) => match[1] ?? '');
  return {
    event: field('event')[0] ?? 'message',
    data: field('data').join('\n'),
    id: field('id')[0],
  };
}
