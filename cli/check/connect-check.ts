/** One thing that was tried. */
export interface ConnectCheck {
  readonly what: string;
  readonly ok: boolean;
  /** What was found there. */
  readonly found?: string;
  /** When it is not ok: a sentence, with what to do. */
  readonly detail?: string;
}

/** What a trial throws when it can say what is wrong and what to do. */
export class Fault extends Error {}

const withinMs = 5000;

/**
 * Never rejects. `trial` gives what it found; its signal aborts after 5 s, and then the check has failed, with
 * `whenSilent` as what to do.
 */
export async function attempt(
  what: string,
  trial: (signal: AbortSignal) => Promise<string | undefined>,
  whenSilent = 'Check address, port and firewall.',
): Promise<ConnectCheck> {
  const signal = AbortSignal.timeout(withinMs);
  const silence = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new Fault(`it gave no answer within ${withinMs / 1000} s. ${whenSilent}`)),
    );
  });
  try {
    const found = await Promise.race([trial(signal), silence]);
    return { what, ok: true, ...(found === undefined ? {} : { found }) };
  } catch (error) {
    return { what, ok: false, detail: sentenceOf(error, whenSilent) };
  }
}

function sentenceOf(error: unknown, whenSilent: string): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses tried for one name, node throws all failures under an empty message.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { message, code, cause } = first as NodeJS.ErrnoException;
  const beneath = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  const reason = socketReasons[code ?? beneath ?? ''];
  return reason === undefined ? message : `${reason} ${whenSilent}`;
}

const socketReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there.',
  ENOTFOUND: 'there is no host of that name.',
  EAI_AGAIN: 'the name can not be looked up at present.',
  EHOSTUNREACH: 'there is no way to that host.',
  ETIMEDOUT: 'it does not answer.',
};
