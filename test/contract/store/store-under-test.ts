import assert from 'node:assert/strict';
import { readingCodec } from '../../../core/codec.ts';
import type { RecordBatch } from '../../../core/log/event-log.ts';
import type { Reading } from '../../../core/reading.ts';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import type { SeriesQuery, StoreReader, StoreWriter } from '../../../stores/store.ts';

export interface WriterOptions {
  /** Null when absent. */
  readonly historyMs?: number;
  /** Dead letters are for ever when absent. */
  readonly deadLettersMs?: number;
  /** Microseconds. */
  readonly now?: () => number;
  readonly mapped?: readonly TablePlan[];
  readonly onMapped?: (note: string) => void;
}

/** What a store keeps; the embedded one all of it. */
export type StorePart = 'latest' | 'history' | 'dead letters';
export const allParts: readonly StorePart[] = ['latest', 'history', 'dead letters'];

/** An empty store of its own for a test. */
export interface StoreUnderTest {
  readonly keeps: readonly StorePart[];
  openWriter(options?: WriterOptions): Promise<StoreWriter>;
  /** Only the methods of the parts that it keeps are called. */
  openReader(): Promise<StoreReader>;
  /** Makes the database itself refuse rows of this entity. A writer has been opened before. */
  refuseEntity(entityId: string): Promise<void>;
  /** Closes what was opened and removes it. */
  remove(): Promise<void>;
}

/** One that keeps mapped tables. */
export interface StoreWithTables extends StoreUnderTest {
  /** All rows by their key, each value as text: the same for every driver. */
  tableRows(plan: TablePlan): Promise<readonly Readonly<Record<string, string | null>>[]>;
  /** Makes the database itself refuse a row with this value, saying "no thirteen". The table is there. */
  refuseRow(table: string, column: string, value: string): Promise<void>;
  /** Statements of somebody else's. */
  run(sql: string): Promise<void>;
}

export type StoreFactory = () => Promise<StoreUnderTest>;

/** A store for as long as the work takes. */
export async function withStore<S extends StoreUnderTest>(
  factory: () => Promise<S>,
  work: (store: S) => Promise<void>,
): Promise<void> {
  const store = await factory();
  try {
    await work(store);
  } finally {
    await store.remove();
  }
}

/** Consecutive records of `readings.enriched.v1`. */
export function readingBatch(
  readings: readonly Reading[],
  firstOffset = 0,
  partition = 0,
): RecordBatch {
  return {
    topic: enrichedTopic,
    partition,
    records: readings.map((reading, index) => ({
      offset: firstOffset + index,
      key: `${reading.entityType}/${reading.entityId}`,
      value: readingCodec.encode(reading),
      timestampMs: Math.floor(reading.receivedAt / 1000),
    })),
    nextOffset: firstOffset + readings.length,
  };
}

/** Everything that a store says of its readings, for a comparison of two stores. */
export async function wholeStore(
  { keeps }: Pick<StoreUnderTest, 'keeps'>,
  reader: StoreReader,
  { entities, fields }: Pick<SeriesQuery, 'entities' | 'fields'>,
) {
  const latest = keeps.includes('latest')
    ? (await reader.entities({ limit: 10_000 })).items
    : undefined;
  const series = keeps.includes('history')
    ? await reader.series({
        entities,
        fields,
        from: 0,
        to: 2 ** 52,
        fn: 'last',
        maxPoints: 1_000_000,
      })
    : undefined;
  return { latest, series, readings: await readingsHeld({ keeps }, reader) };
}

/** Readings in history; undefined where there is none. */
export async function readingsHeld(
  { keeps }: Pick<StoreUnderTest, 'keeps'>,
  reader: StoreReader,
): Promise<number | undefined> {
  return keeps.includes('history') ? (await reader.totals()).readings : undefined;
}

export async function assertReadingsHeld(
  store: StoreUnderTest,
  reader: StoreReader,
  expected: number,
): Promise<void> {
  const held = await readingsHeld(store, reader);
  if (held !== undefined) assert.equal(held, expected);
}
