import { HttpError } from '@influxdata/influxdb-client';
import { MillraceError } from '../../core/errors.ts';
import { StoreAway } from '../sink/store-away.ts';

/** True when InfluxDB has looked at the lines and did not take (all of) them, or at once took too much. */
export function isAboutLines(error: unknown): error is HttpError {
  return (
    error instanceof HttpError &&
    (error.statusCode === 400 || error.statusCode === 413 || error.statusCode === 422)
  );
}

/** True when it has only dropped points that its retention keeps no longer. */
export function isBeyondRetention(error: HttpError): boolean {
  return /beyond retention policy|outside retention/i.test(wordsOf(error));
}

export function isMissing(error: unknown): boolean {
  return error instanceof HttpError && error.statusCode === 404;
}

/** InfluxDB's own words. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof HttpError)) return error instanceof Error ? error.message : String(error);
  const { json } = error;
  // 2.x says `message`, 1.x says `error`.
  const words = json?.message ?? json?.error ?? error.body ?? '';
  return `${words || error.statusMessage || 'nothing'} (HTTP ${error.statusCode})`.slice(0, 1000);
}

/**
 * What a failure means to the caller: `STORE_MISCONFIGURED` where somebody must do something (401, 403, 404),
 * else `STORE_UNAVAILABLE`, with the pause that InfluxDB asks for.
 * `target` names address and bucket; `remedy` says what to do when it is not there.
 */
export function influxFailure(
  error: unknown,
  { target, remedy }: { readonly target: string; readonly remedy: string },
): unknown {
  if (error instanceof MillraceError) return error;
  const status = error instanceof HttpError ? error.statusCode : undefined;
  const cause = { cause: error };
  if (status === 401 || status === 403)
    return new MillraceError(
      'STORE_MISCONFIGURED',
      `${target} should take what the configured credentials write; InfluxDB says: ${wordsOf(error)}. ` +
        'Give a token (1.x: a user) that may write and read it.',
      cause,
    );
  if (status === 404)
    return new MillraceError(
      'STORE_MISCONFIGURED',
      `${target} should be there; InfluxDB says: ${wordsOf(error)}. ${remedy}`,
      cause,
    );
  return new StoreAway(
    `${target} can't be used at present; ${status === undefined ? 'the connection says' : 'InfluxDB says'}: ${wordsOf(error)}.`,
    { ...cause, retryAfterMs: retryAfterMs(error) },
  );
}

const longestPauseMs = 300_000;

/** RFC 9110, 10.2.3: seconds, or a date. 0 when there is none; at most five minutes. */
function retryAfterMs(error: unknown): number {
  if (!(error instanceof HttpError)) return 0;
  const text = error.headers?.['retry-after'];
  if (typeof text !== 'string') return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestPauseMs) : 0;
}
