import { parseSpanMs } from '../../core/config/span.ts';
import type { TailFrom } from '../../core/log/event-log.ts';
import { UsageError } from '../usage-error.ts';

/** `earliest`, `latest`, a time (RFC 3339 or ms since 1970) or a span back from now (`15m`). Throws `UsageError`. */
export function parseTailFrom(text: string, nowMs: number): TailFrom {
  if (text === 'earliest' || text === 'latest') return text;
  const spanMs = parseSpanMs(text);
  if (spanMs !== undefined) return { timeMs: nowMs - spanMs };
  const timeMs = /^\d{11,}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(timeMs))
    throw new UsageError(
      `--from should be earliest, latest, a time as 2026-05-01T08:00:00Z or a span back as 15m, and is "${text}".`,
    );
  return { timeMs };
}
