import type { NewRecord } from '../log/event-log.ts';
import { pollsTopic } from '../topics.ts';

/** The value of `polls.v1` (JSON, key = source): what `poll-ingress` is asked to do. */
export type PollAsk =
  /** Take the next page, if one is due. With `step` only if that many requests were made. */
  | { readonly kind: 'tick'; readonly step?: number }
  | {
      readonly kind: 'backfill';
      readonly id: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly requestedAtMs: number;
    };

export function pollAskRecord(source: string, ask: PollAsk, nowMs: number): NewRecord {
  const value = Buffer.from(JSON.stringify(ask));
  return { topic: pollsTopic, key: source, value, timestampMs: nowMs };
}

/** Undefined for what is none: a record of another version is passed over. */
export function parsePollAsk(value: Uint8Array | null): PollAsk | undefined {
  if (value === null) return undefined;
  try {
    const ask = JSON.parse(Buffer.from(value).toString('utf8')) as PollAsk;
    return ask.kind === 'tick' || ask.kind === 'backfill' ? ask : undefined;
  } catch {
    return undefined;
  }
}
