/**
 * The store's contract: where readings rest. Drivers: `sqlite/` (embedded, all of it), `postgres/` (latest and dead
 * letters) and `influx/` (series). `test/contract/store/` is the suite that all pass, each in its parts.
 * Sinks use the writing half, the dashboard the reading half.
 */
import type { DeadLetter } from '../core/dead-letter.ts';
import type { DeadLetterState } from '../core/dead-letters/dead-letter-mark.ts';
import type { Offsets, RecordBatch } from '../core/log/event-log.ts';
import type { Position } from '../core/reading.ts';

/** Counts of readings by source, from the first record that the store has taken. */
export interface SinkCount {
  readonly stored: number;
  /** Older than history keeps when they came. */
  readonly expired: number;
  readonly deadLettered: number;
}

export interface SinkAccount {
  /** Next offset to read. Of the same transaction as the counts. */
  readonly offsets: Offsets;
  readonly sources: Readonly<Record<string, SinkCount>>;
}

/** A record that the database refused, alone, for what it holds (not for the database's own trouble). */
export interface Refusal {
  /** Index in the batch's records. */
  readonly index: number;
  /** The database's own words. */
  readonly detail: string;
}

/** The writing half. One writer at a time. */
export interface StoreWriter {
  account(): Promise<SinkAccount>;
  /**
   * Writes a batch of `readings.enriched.v1`: history, latest, mapped tables, offset and counts in one
   * transaction.
   * Repeats are harmless. Records before the stored offset are skipped.
   * When records are refused nothing is written and they are returned; the caller secures their dead letters
   * and calls again with `setAside` holding their indexes, which are then counted as dead-lettered.
   * Rejects with `STORE_UNAVAILABLE` when the same call may succeed later.
   */
  writeReadings(batch: RecordBatch, setAside?: readonly number[]): Promise<readonly Refusal[]>;
  /** Writes a batch of `deadletters.v1` with its offset and, for stage `ingress`, the count by source. */
  writeDeadLetters(batch: RecordBatch): Promise<void>;
  /** Writes a batch of `deadletters.marks.v1` with its offset. A mark may come before its letter. */
  writeDeadLetterMarks(batch: RecordBatch): Promise<void>;
  /** Deletes history older than the retention. Resolves with the number of rows deleted; bounded work a call. */
  prune(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

/** Latest of one entity, merged per field, as `GET /api/v1/entities` gives it. Times in microseconds. */
export interface EntityState {
  readonly entityType: string;
  readonly entityId: string;
  /** Of the newest reading. */
  readonly source: string;
  readonly observedAt: number;
  readonly receivedAt: number;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly position: Position | null;
  readonly zones: readonly string[];
  /** Each field's own time; also `position` and `zones`. */
  readonly fieldTimes: Readonly<Record<string, number>>;
}

/** Degrees; `west` may be greater than `east` (across the antimeridian). */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface EntityQuery {
  readonly entityType?: string;
  readonly box?: Box;
  readonly zone?: string;
  readonly near?: { readonly lon: number; readonly lat: number; readonly withinMetres: number };
  readonly limit: number;
  /** As `nextCursor` gave it. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export type SeriesFunction = 'mean' | 'min' | 'max' | 'last' | 'count' | 'p95';

export interface SeriesQuery {
  readonly entities: readonly { readonly entityType: string; readonly entityId: string }[];
  readonly fields: readonly string[];
  /** Microseconds, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** Window length; undefined: every reading, unless there are more than `maxPoints`. */
  readonly everyMs?: number;
  readonly fn: SeriesFunction;
  readonly maxPoints: number;
}

export interface Series {
  readonly entityType: string;
  readonly entityId: string;
  readonly field: string;
  /** The window that was used, null when points are readings. */
  readonly everyMs: number | null;
  /** Time (epoch ms; of a window its start) and value. */
  readonly points: readonly (readonly [epochMs: number, value: number | boolean | string])[];
  /** Smallest and largest value of each window, beside `points`; null when points are readings. */
  readonly band: readonly (readonly [min: number, max: number])[] | null;
}

/** What dead letters are wanted; all of it must hold. */
export interface DeadLetterFilter {
  readonly source?: string;
  readonly stage?: string;
  readonly reason?: string;
  /** Absent: whatever has become of them. */
  readonly state?: DeadLetterState;
  readonly ids?: readonly string[];
  /** Of `deadAt`, in microseconds: from inclusive, to exclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface DeadLetterQuery extends DeadLetterFilter {
  /** Newest first when absent. */
  readonly oldestFirst?: boolean;
  readonly limit: number;
  /** As `nextCursor` gave it, for the same order. */
  readonly cursor?: string;
}

/** As the store has it. */
export interface StoredDeadLetter extends DeadLetter {
  readonly state: DeadLetterState;
  /** What was done with it, unless it is open. */
  readonly mark: {
    /** Microseconds since 1970. */
    readonly at: number;
    readonly action: string;
    readonly reason: string;
  } | null;
}

export interface DeadLetterGroup {
  readonly source: string;
  readonly stage: string;
  readonly reason: string;
  /** The sum of the next three. */
  readonly count: number;
  readonly open: number;
  readonly replayed: number;
  readonly discarded: number;
  /** `deadAt`, microseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Latest of each entity. */
export interface LatestReader {
  entities(query: EntityQuery): Promise<Page<EntityState>>;
  entity(entityType: string, entityId: string): Promise<EntityState | undefined>;
  /** Entities with the offsets that they stand at, from one snapshot: what a live feed begins with. */
  snapshot(
    query: Omit<EntityQuery, 'limit' | 'cursor'>,
  ): Promise<{ entities: readonly EntityState[]; offsets: Offsets }>;
}

/** History. */
export interface SeriesReader {
  series(query: SeriesQuery): Promise<readonly Series[]>;
}

export interface DeadLetterReader {
  deadLetters(query: DeadLetterQuery): Promise<Page<StoredDeadLetter>>;
  deadLetter(id: string): Promise<StoredDeadLetter | undefined>;
  /** The largest first. */
  deadLetterGroups(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  /** Dead letters of stage `ingress` by source, with the offset of `deadletters.v1` that the counts belong to. */
  ingressDeadLetters(): Promise<{ offsets: Offsets; sources: Readonly<Record<string, number>> }>;
}

export interface StoreTotals {
  readonly entities: number;
  readonly readings: number;
  /** observedAt in microseconds; null when empty. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** The reading half, whole. */
export interface StoreReader extends LatestReader, SeriesReader, DeadLetterReader {
  /** Entities and readings held, and the oldest and newest observedAt. */
  totals(): Promise<StoreTotals>;
  account(): Promise<SinkAccount>;
  close(): Promise<void>;
}
