import type { Figure } from '../../cli/bench/benchmarks.ts';
import type { RecordBatch } from '../../core/log/event-log.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { startPostgresSink } from '../../services/postgres-sink/main.ts';
import {
  openPostgresReader,
  openPostgresWriter,
} from '../../stores/postgres/open-postgres-store.ts';
import { makeDatabase } from '../support/postgres-database.ts';
import { drainBacklog } from './drain-backlog.ts';
import { encodeReading, start } from './encode-reading.ts';

export interface PostgresWriteOptions {
  readonly readings: number;
  /** Each stays in one partition, as the log keeps them. */
  readonly entities: number;
  /** Readings of one `writeReadings`, all of one partition. */
  readonly batchReadings: number;
  readonly maxConnections?: number;
  /** Tables kept beside. */
  readonly mapped?: readonly TablePlan[];
}

export interface PostgresWriteResult {
  readonly name: string;
  readonly readingsPerSecond: number;
  /** Of this process. */
  readonly readingsPerCpuSecond: number;
  readonly boxMs: number;
}

const partitions = 6;

/** How many readings a second Postgres takes from one sink: latest, place, counts and offset. */
export async function measurePostgresWrite(
  options: PostgresWriteOptions,
): Promise<PostgresWriteResult> {
  const { readings, entities, batchReadings, maxConnections = 3, mapped = [] } = options;
  const batches = readingBatches(options);
  const database = await makeDatabase();
  const { url } = database;
  const writer = await openPostgresWriter({ url, historyMs: null, maxConnections, mapped });
  const reader = openPostgresReader({ url: database.url });
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
    return {
      name: `latest of ${entities} entities${mapped.length > 0 ? ' and a mapped table' : ''}, batches of ${batchReadings}`,
      readingsPerSecond: Math.round(readings / seconds),
      readingsPerCpuSecond: Math.round((readings * 1e6) / (user + system)),
      boxMs: await medianMs(() =>
        reader.entities({ box: { west: 24, south: 60, east: 25, north: 60.005 }, limit: 500 }),
      ),
    };
  } finally {
    await reader.close();
    await writer.close();
    await database.remove();
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

function readingBatches({ readings, entities, batchReadings }: PostgresWriteOptions) {
  const batches: RecordBatch[] = [];
  const offsets = new Array<number>(partitions).fill(0);
  for (let from = 0; from < readings; from += batchReadings) {
    const partition = batches.length % partitions;
    const firstOffset = offsets[partition] ?? 0;
    const count = Math.min(batchReadings, readings - from);
    const records = Array.from({ length: count }, (_, index) => {
      const turn = (firstOffset + index) % Math.ceil(entities / partitions);
      const entity = turn * partitions + partition;
      const value = encodeReading(entity, start + (from + index) * 50);
      return { offset: firstOffset + index, key: `vehicle/${entity}`, value, timestampMs: 0 };
    });
    const nextOffset = firstOffset + count;
    offsets[partition] = nextOffset;
    batches.push({ topic: enrichedTopic, partition, records, nextOffset });
  }
  return batches;
}

/** Readings that wait in Kafka, by the postgres-sink into a database of its own: key, ON CONFLICT, counts and offset. */
export async function measurePostgresSink(readings: number): Promise<Figure[]> {
  const database = await makeDatabase();
  const reader = openPostgresReader({ url: database.url });
  try {
    return await drainBacklog({
      readings,
      settings: { postgresUrl: database.url },
      start: startPostgresSink,
      watch: async () => ({
        stored: async () => (await reader.account()).sources.buses?.stored ?? 0,
        close: () => undefined,
      }),
    });
  } finally {
    await reader.close();
    await database.remove();
  }
}
