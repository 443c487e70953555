/** A header that names a time beyond this is not believed longer. */
const longestWaitMs = 24 * 3_600_000;

/**
 * Until when the provider wants no request (milliseconds since 1970), by what its headers say; undefined: it says
 * nothing, or there is something left. Knows Retry-After (RFC 9110, 10.2.3), X-RateLimit-*, and the RateLimit fields of
 * the IETF's drafts, old and new. Dates are held against the provider's own clock. Pure.
 */
export function waitUntilMs(headers: Headers, nowMs: number): number | undefined {
  const waits = [
    retryAfter(headers, nowMs),
    remainingByFields(headers, nowMs),
    byRateLimit(headers),
  ]
    .filter((waitMs) => waitMs !== undefined)
    .filter((waitMs) => waitMs > 0);
  return waits.length === 0 ? undefined : nowMs + Math.min(longestWaitMs, Math.max(...waits));
}

function retryAfter(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs - providerNowMs(headers, nowMs);
}

/** Two clocks are seldom the same; what counts is the time between two of theirs. */
function providerNowMs(headers: Headers, nowMs: number): number {
  const atMs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(atMs) ? nowMs : atMs;
}

const prefixes = ['x-ratelimit', 'x-rate-limit', 'ratelimit'];

function remainingByFields(headers: Headers, nowMs: number): number | undefined {
  for (const prefix of prefixes) {
    const remaining = headers.get(`${prefix}-remaining`);
    if (remaining === null || !/^\s*0+(\.0+)?\s*$/.test(remaining)) continue;
    const reset = Number(headers.get(`${prefix}-reset`) ?? Number.NaN);
    if (!Number.isFinite(reset)) continue;
    return resetWaitMs(reset, providerNowMs(headers, nowMs));
  }
  return undefined;
}

/** Some give seconds to go, others the time in seconds, or milliseconds, since 1970. */
function resetWaitMs(reset: number, nowMs: number): number {
  if (reset > 1e11) return reset - nowMs;
  if (reset > 1e8) return reset * 1000 - nowMs;
  return reset * 1000;
}

/** `"default";r=0;t=30` and, of older drafts, `limit=100, remaining=0, reset=30`. */
function byRateLimit(headers: Headers): number | undefined {
  const text = headers.get('ratelimit');
  if (text === null) return undefined;
  const policies = /(^|[;,\s])r=/.test(text) ? text.split(',') : [text];
  const waits = policies.flatMap((policy) => {
    const left = /(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(policy)?.[1];
    const seconds = /(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(policy)?.[1];
    return left !== undefined && Number(left) === 0 && seconds !== undefined
      ? [Number(seconds) * 1000]
      : [];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}
