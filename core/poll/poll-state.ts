/**
 * How a polled source stands: what `poll-ingress` commits together with the records of each page, as its own state and
 * as the value of `pollstates.v1` (compacted, JSON, key = source), from which replicas take when to ask next and people
 * how it goes. Times are milliseconds since 1970. No credential is ever in it.
 */
export interface PollState {
  readonly source: string;
  /** Rises with each request: an ask that names another step came too late. */
  readonly step: number;
  /** The regular time of the poll that is under way or next; `dueAtMs` is that with its jitter. */
  readonly slotAtMs: number;
  readonly dueAtMs: number;
  /** No request before: backoff, an open circuit, or the provider's limit. */
  readonly notBeforeMs: number;
  /** When a replica should ask next; null: the next ask is in the log already. */
  readonly wakeAtMs: number | null;
  readonly cursor: string | null;
  /** The poll under way, between two of its pages. */
  readonly walk: PollWalk | null;
  readonly validators: PollValidators | null;
  /** Failures, and refusals for too many requests, one after the other. */
  readonly failures: number;
  readonly limited: number;
  readonly circuit: 'closed' | 'open';
  /** How often it has opened without a success between. */
  readonly opened: number;
  /** A sentence: what the last request failed for. */
  readonly problem: string | null;
  readonly lastAttemptAtMs: number | null;
  /** When a whole poll last ended well. */
  readonly lastSuccessAtMs: number | null;
  /** SHA-256 of the last page of which nothing could be decoded: the same again is told once. */
  readonly lastDead: string | null;
  /** The first of them is under way; those that ended stay, the newest few, to be looked at. */
  readonly backfills: readonly PollBackfillState[];
  /** Since the source is polled. */
  readonly pages: number;
  readonly readings: number;
  /** Of the declaration: another one begins its walk anew, and another cursor its cursor. */
  readonly requestPrint: string;
  readonly cursorPrint: string;
  readonly updatedAtMs: number;
}

/** From the first to the last page of a poll, or of a backfill's window. */
export interface PollWalk {
  /** Names it for ever: the ids of readings without time and id are made of it. */
  readonly id: string;
  /** Pages taken. */
  readonly page: number;
  /** Cursor, number or address of the next page; null before the first. */
  readonly next: string | null;
  /** The incremental cursor that the walk asks with, and the one that it has found so far. */
  readonly since: string | null;
  readonly cursor: string | null;
  /** `next` of an earlier page: one that leads there again makes a circle. Absent in states of older versions. */
  readonly mark?: string | null;
  readonly validators: PollValidators | null;
}

export interface PollValidators {
  /** The request that they belong to. */
  readonly of: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface PollBackfillState {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Up to here all is taken. */
  readonly reachedMs: number;
  readonly walk: PollWalk | null;
  readonly pages: number;
  readonly readings: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly problem: string | null;
  readonly requestedAtMs: number;
  readonly endedAtMs: number | null;
}

/** Bytes that this program wrote; throws a SyntaxError on any others. */
export function parsePollState(value: Uint8Array): PollState {
  return JSON.parse(Buffer.from(value).toString('utf8')) as PollState;
}

/** 0 to 1: how much of its time range a backfill has taken. */
export function backfillProgress({ fromMs, reachedMs, toMs }: PollBackfillState): number {
  return toMs <= fromMs ? 1 : Math.min(1, (reachedMs - fromMs) / (toMs - fromMs));
}
