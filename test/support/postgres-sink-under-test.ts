import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { readingCodec } from '../../core/codec.ts';
import { number, type Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { entityKey, type Reading } from '../../core/reading.ts';
import type { Service } from '../../core/service.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { startPostgresSink } from '../../services/postgres-sink/main.ts';
import { openPostgresReader } from '../../stores/postgres/open-postgres-store.ts';
import { makeReading } from './make-reading.ts';
import { testSettings } from './test-settings.ts';

/** With a table of the buses' latest and first numbers, and one of all of them. */
export const numberedPipeline = {
  retention: { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null },
  models: { bus: { fields: { n: number() } } },
  tables: {
    buses: {
      from: 'bus',
      columns: {
        n: { field: 'n', type: 'bigint', required: true },
        first_n: { field: 'n', type: 'bigint', update: false },
      },
    },
    bus_readings: { from: 'bus', rows: 'reading', columns: { n: { field: 'n', type: 'bigint' } } },
  },
} as unknown as Pipeline;

/** An embedded log in a folder of its own, and postgres-sinks that follow it into a database. */
export async function postgresSinkUnderTest(postgresUrl: string, over: Partial<Settings> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-sink-'));
  const lines: string[] = [];
  const metrics = new Registry();
  const events = createEvents({
    level: 'info',
    metrics,
    destination: { write: (line) => void lines.push(line) },
  });
  const settings = testSettings(folder, { postgresUrl, partitions: 2, ...over });
  const pipeline = numberedPipeline;
  const log = await openSqliteLog({ folder, events });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const reader = openPostgresReader({ url: postgresUrl });
  const running: Service[] = [];
  const now = () => Date.now() * 1000;
  return {
    folder,
    log,
    reader,
    lines,
    metrics,
    events,
    now,
    async start(): Promise<Service> {
      const registry = running.length === 0 ? metrics : new Registry();
      const context = { pipeline, settings, log, events, metrics: registry, now };
      const sink = await startPostgresSink(context);
      running.push(sink);
      return sink;
    },
    append: (readings: readonly Reading[]) => log.append(readings.map(enrichedRecord)),
    stored: async () => (await reader.account()).sources.buses?.stored ?? 0,
    async remove() {
      for (const sink of running) await sink.stop();
      await reader.close();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** `count` readings of 20 buses from number `from` on, a microsecond apart. */
export function numberedReadings(count: number, from = 0): Reading[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return makeReading({
      eventId: `event-${n}`,
      entityId: `bus-${n % 20}`,
      observedAt: 1e15 + n,
      numbers: { n },
    });
  });
}

/** What the latest of {@link numberedReadings} must be after so many. */
export function latestNumbers(count: number): number[] {
  return Array.from({ length: 20 }, (_, index) => count - 20 + index);
}

export function enrichedRecord(reading: Reading): NewRecord {
  return {
    topic: enrichedTopic,
    key: entityKey(reading),
    value: readingCodec.encode(reading),
    timestampMs: Date.now(),
  };
}
