/** One request, as the source's plan and state make it. */
export interface PollRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface FetchBounds {
  /** For everything: connecting, redirects, the whole body. */
  readonly timeoutMs: number;
  /** Of the body, unpacked. */
  readonly maxBodyBytes: number;
  /** Hosts that may be asked beside the first one; they get none of our headers. */
  readonly otherHosts: ReadonlySet<string>;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

export interface FetchedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What kept an answer from coming, as a sentence without a secret. */
export class FetchFailure extends Error {
  /** The other side did answer, and we don't take it: the same request may come to the same for ever. */
  readonly isRefused: boolean;

  constructor(sentence: string, { isRefused = false } = {}) {
    super(sentence);
    this.isRefused = isRefused;
  }
}

const refused = { isRefused: true };

const mostRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches within its bounds. Rejects with a `FetchFailure` for whatever the other side does, and with the signal's
 * reason when the service stops. Redirects are followed on the same host (http may become https there) and to the
 * other hosts that are named.
 */
export async function boundedFetch(
  request: PollRequest,
  bounds: FetchBounds,
): Promise<FetchedAnswer> {
  const timeout = AbortSignal.timeout(bounds.timeoutMs);
  const signal = AbortSignal.any([timeout, bounds.signal]);
  try {
    return await follow(request, bounds, signal);
  } catch (error) {
    bounds.signal.throwIfAborted();
    if (error instanceof FetchFailure) throw error;
    const where = whereOf(request.url);
    if (timeout.aborted)
      throw new FetchFailure(`${where} gave no whole answer within ${bounds.timeoutMs / 1000} s.`);
    throw new FetchFailure(`${where} could not be asked: ${reasonOf(error)}.`);
  }
}

async function follow(
  first: PollRequest,
  bounds: FetchBounds,
  signal: AbortSignal,
): Promise<FetchedAnswer> {
  let { url } = first;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const headers = url.host === first.url.host || isUpgrade(first.url, url) ? first.headers : {};
    const { method, body } = first;
    const response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal,
    });
    const location = redirectStatuses.has(response.status) && response.headers.get('location');
    if (!location) {
      const bytes = await readBounded(response, bounds.maxBodyBytes, first.url);
      return { status: response.status, headers: response.headers, body: bytes };
    }
    await response.body?.cancel();
    url = redirectTarget(location, url, first, { ...bounds, status: response.status });
  }
  throw new FetchFailure(
    `${whereOf(first.url)} redirects more than ${mostRedirects} times.`,
    refused,
  );
}

function redirectTarget(
  location: string,
  from: URL,
  first: PollRequest,
  { otherHosts, status }: Pick<FetchBounds, 'otherHosts'> & { readonly status: number },
): URL {
  const where = whereOf(first.url);
  if (!URL.canParse(location, from))
    throw new FetchFailure(`${where} redirects to what is no address.`, refused);
  const target = new URL(location, from);
  if (first.method === 'POST' && status !== 307 && status !== 308)
    throw new FetchFailure(
      `${where} redirects a POST with ${status}, which would make a GET of it. Give the address that it leads to: ${whereOf(target)}.`,
      refused,
    );
  const refusal = refusedAddress(target, first.url, otherHosts);
  if (refusal !== undefined) throw new FetchFailure(`${where} redirects to ${refusal}`, refused);
  return target;
}

/** Why an address that a provider gives is not asked; undefined: it may be. */
export function refusedAddress(
  target: URL,
  home: URL,
  otherHosts: ReadonlySet<string>,
): string | undefined {
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    return `an address of ${target.protocol}, and only http and https are asked.`;
  if (target.username !== '' || target.password !== '')
    return `an address with a user's name or password in it at ${target.host}, which is not asked.`;
  if (home.protocol === 'https:' && target.protocol === 'http:')
    return `http at ${target.host}, which is not asked where the configuration names https.`;
  if (target.host === home.host || isUpgrade(home, target) || otherHosts.has(target.host))
    return undefined;
  return `the host ${target.host}, which the configuration doesn't name. If that is right: redirects: ['${target.host}'].`;
}

/** http to https on one host, by the usual ports. */
function isUpgrade(home: URL, target: URL): boolean {
  return (
    home.protocol === 'http:' &&
    target.protocol === 'https:' &&
    home.hostname === target.hostname &&
    home.port === '' &&
    target.port === ''
  );
}

/** The bytes as they are after unpacking, which is when they are counted. */
async function readBounded(response: Response, maxBytes: number, url: URL): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      // Leaving the loop ends the stream, and with it the connection.
      throw new FetchFailure(
        `${whereOf(url)} gave more than ${maxBytes} bytes. Ask for smaller pages, or give maxBody.`,
        refused,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** An address for people: a query may hold a key. */
export function whereOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function reasonOf(error: unknown): string {
  // What fetch says of a header that HTTP doesn't take has the header in it.
  if (error instanceof TypeError && error.cause === undefined)
    return 'a header or the credentials have characters that HTTP does not take';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'the connection failed';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const known = code === undefined ? undefined : knownReasons[code];
  return known ?? (code === undefined ? cause.message : `${cause.message} (${code})`);
}

const knownReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'there is no such host (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host could not be looked up (EAI_AGAIN)',
  UND_ERR_SOCKET: 'the connection was closed before the answer was whole (UND_ERR_SOCKET)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
};
