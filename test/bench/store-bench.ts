import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from '../../core/log/event-log.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { openSqliteReader, openSqliteWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import { encodeReading, start } from './encode-reading.ts';

export interface StoreWriteOptions {
  readonly readings: number;
  readonly entities: number;
  /** Readings of one `writeReadings`, all of one partition. */
  readonly batchReadings: number;
  /** Tables kept beside. */
  readonly mapped?: readonly TablePlan[];
}

export interface StoreWriteResult {
  readonly name: string;
  readonly rowsPerSecond: number;
  /** Of this process, threads included. */
  readonly rowsPerCpuSecond: number;
  readonly valueBytes: number;
  readonly fileBytesPerRow: number;
}

export interface StoreReadResult {
  readonly readings: number;
  readonly seriesMs: number;
  readonly boxMs: number;
}

const partitions = 6;

/** How many readings a second the embedded store takes: history, latest, place, counts and offset. */
export async function measureStoreWrite(options: StoreWriteOptions): Promise<StoreWriteResult> {
  const batches = readingBatches(options);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const { mapped = [] } = options;
  const writer = await openSqliteWriter({ folder, historyMs: null, mapped });
  try {
    const cpuStart = process.cpuUsage();
    const startMs = performance.now();
    // One batch of each partition under way, as a sink has them.
    await Promise.all(
      Array.from({ length: partitions }, async (_, partition) => {
        for (let index = partition; index < batches.length; index += partitions) {
          const batch = batches[index];
          if (batch) await writer.writeReadings(batch);
        }
      }),
    );
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpuStart);
    await writer.close();
    const { size } = await stat(join(folder, 'store.db'));
    return {
      name: `store${mapped.length > 0 ? ' with a mapped table' : ''}, batches of ${options.batchReadings}`,
      rowsPerSecond: Math.round(options.readings / seconds),
      rowsPerCpuSecond: Math.round((options.readings * 1e6) / (user + system)),
      valueBytes: batches[0]?.records[0]?.value?.length ?? 0,
      fileBytesPerRow: Math.round(size / options.readings),
    };
  } finally {
    await writer.close();
    await rm(folder, { recursive: true });
  }
}

/** A chart's query over one entity's readings, and a box over 2,000 entities; each the median of five. */
export async function measureStoreRead(readings: number): Promise<StoreReadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const writer = await openSqliteWriter({ folder, historyMs: null });
  const reader = openSqliteReader({ folder });
  try {
    const many = { readings, entities: 1, batchReadings: 4000 };
    for (const batch of readingBatches(many))
      await writer.writeReadings({ ...batch, partition: 0 });
    const spread = { readings: 2000, entities: 2000, batchReadings: 2000 };
    for (const batch of readingBatches(spread))
      await writer.writeReadings({ ...batch, partition: 1 });
    const seriesMs = await medianMs(() =>
      reader.series({
        entities: [{ entityType: 'vehicle', entityId: '0' }],
        fields: ['speed'],
        from: 0,
        to: 2 ** 52,
        fn: 'mean',
        maxPoints: 1000,
      }),
    );
    const box = { west: 24.004, east: 24.005, south: 60, north: 60.1 };
    const boxMs = await medianMs(() => reader.entities({ box, limit: 500 }));
    return { readings, seriesMs, boxMs };
  } finally {
    await reader.close();
    await writer.close();
    await rm(folder, { recursive: true });
  }
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

/** Entities take turns; each stays in one partition, as the log keeps them. */
function readingBatches({ readings, entities, batchReadings }: StoreWriteOptions): RecordBatch[] {
  const batches: RecordBatch[] = [];
  const offsets = new Array<number>(partitions).fill(0);
  for (let from = 0; from < readings; from += batchReadings) {
    const partition = batches.length % partitions;
    const firstOffset = offsets[partition] ?? 0;
    const count = Math.min(batchReadings, readings - from);
    const records = Array.from({ length: count }, (_, index) => {
      const entity = ((firstOffset + index) * partitions + partition) % entities;
      const value = encodeReading(entity, start + (from + index) * 50);
      return { offset: firstOffset + index, key: `vehicle/${entity}`, value, timestampMs: 0 };
    });
    offsets[partition] = firstOffset + count;
    const nextOffset = firstOffset + count;
    batches.push({ topic: enrichedTopic, partition, records, nextOffset });
  }
  return batches;
}
