import { spanMsOr } from '../../../core/config/span.ts';
import { parseRfc3339 } from '../../../core/time.ts';
import type { Failure } from './verdict.ts';

export type TimeUnit = 's' | 'ms' | 'rfc3339';

const defaultToleranceMs = 300_000;

/** `tolerance` as declared, in milliseconds. */
export const toleranceMsOf = (tolerance: string | undefined) =>
  spanMsOr(tolerance, defaultToleranceMs);

/** Milliseconds since 1970. Undefined when the text is no such time; only plain digits are a count. */
export function parseSignedTime(text: string, unit: TimeUnit): number | undefined {
  if (unit === 'rfc3339') {
    const micros = parseRfc3339(text);
    return micros === undefined ? undefined : Math.trunc(micros / 1000);
  }
  if (!/^\d{1,15}$/.test(text)) return undefined;
  return unit === 's' ? Number(text) * 1000 : Number(text);
}

/** A refusal when the time is further from now than `toleranceMs`, either way. */
export function refuseStale(
  signedMs: number,
  nowMs: number,
  toleranceMs: number,
): Failure | undefined {
  const ageMs = nowMs - signedMs;
  if (Math.abs(ageMs) <= toleranceMs) return undefined;
  const seconds = Math.ceil(Math.abs(ageMs) / 1000);
  const side = ageMs > 0 ? 'behind' : 'ahead of';
  return {
    ok: false,
    check: 'timestamp-stale',
    detail: `The signed time is ${seconds} s ${side} ours; up to ${toleranceMs / 1000} s are let pass. Compare the clocks; a repeat must be signed anew.`,
  };
}
