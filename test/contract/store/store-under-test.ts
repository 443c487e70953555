import { readingCodec } from '../../../core/codec.ts';
import type { RecordBatch } from '../../../core/log/event-log.ts';
import type { Reading } from '../../../core/reading.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import type { StoreReader, StoreWriter } from '../../../stores/store.ts';

export interface WriterOptions {
  /** Null when absent. */
  readonly historyMs?: number;
  /** Microseconds. */
  readonly now?: () => number;
}

/** An empty store of its own for a test. */
export interface StoreUnderTest {
  openWriter(options?: WriterOptions): Promise<StoreWriter>;
  openReader(): Promise<StoreReader>;
  /** Makes the database itself refuse rows of this entity. A writer has been opened before. */
  refuseEntity(entityId: string): Promise<void>;
  /** Closes what was opened and removes it. */
  remove(): Promise<void>;
}

export type StoreFactory = () => Promise<StoreUnderTest>;

/** A store for as long as the work takes. */
export async function withStore(
  factory: StoreFactory,
  work: (store: StoreUnderTest) => Promise<void>,
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
export async function wholeStore(reader: StoreReader, fields: readonly string[]) {
  const { items } = await reader.entities({ limit: 10_000 });
  const series = await reader.series({
    entities: items,
    fields,
    from: 0,
    to: 2 ** 52,
    fn: 'last',
    maxPoints: 1_000_000,
  });
  return { items, series, totals: await reader.totals() };
}
