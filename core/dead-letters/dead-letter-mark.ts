import type { NewRecord } from '../log/event-log.ts';
import { deadLetterMarksTopic } from '../topics.ts';

/** What has become of a dead letter. */
export const deadLetterStates = ['open', 'replayed', 'discarded'] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];

/** Says what somebody did with a dead letter. The value of `deadletters.marks.v1`, JSON, under the letter's id. */
export interface DeadLetterMark {
  /** Of the dead letter. */
  readonly id: string;
  readonly state: Exclude<DeadLetterState, 'open'>;
  /**
   * `deadAt` of the dead letter as it was then. One that has died again since is open: so a mark and a letter give the same,
   * whichever of them a store gets first.
   */
  readonly deadAt: number;
  /** Microseconds since 1970. */
  readonly at: number;
  /** The action that it was part of; its entry says who and how many. */
  readonly action: string;
  /** Why it was discarded, or what it became. */
  readonly reason: string;
}

export function markRecord(mark: DeadLetterMark): NewRecord {
  return {
    topic: deadLetterMarksTopic,
    key: mark.id,
    value: Buffer.from(JSON.stringify(mark)),
    timestampMs: Math.floor(mark.at / 1000),
  };
}

/** Undefined for bytes that are no mark: they must not hold up those behind them, and say nothing of any letter. */
export function parseMark(value: Uint8Array | null): DeadLetterMark | undefined {
  if (value === null) return undefined;
  try {
    const given = JSON.parse(Buffer.from(value).toString('utf8')) as Partial<DeadLetterMark>;
    const { id, state, deadAt, at, action, reason } = given;
    if (state !== 'replayed' && state !== 'discarded') return undefined;
    if (typeof id !== 'string' || typeof action !== 'string' || typeof reason !== 'string')
      return undefined;
    if (!Number.isSafeInteger(deadAt) || !Number.isSafeInteger(at)) return undefined;
    return { id, state, deadAt: Number(deadAt), at: Number(at), action, reason };
  } catch {
    return undefined;
  }
}
