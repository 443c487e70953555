/**
 * The enricher alone, on the embedded log: a backlog of readings in `readings.raw.v1` is read, decoded, converted,
 * joined, validated, deduplicated, encoded and committed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { readingCodec } from '../../core/codec.ts';
import { number, type Pipeline, tag, text } from '../../core/config/pipeline.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog, NewRecord } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { entityKey } from '../../core/reading.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import { enrichedTopic, rawTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { testSettings } from '../support/test-settings.ts';

export interface EnricherBenchResult {
  readonly readings: number;
  readonly readingsPerSecond: number;
  /** Of the whole process: enricher's thread, log's worker, garbage collection. */
  readonly readingsPerCpuSecond: number;
}

const buses = 500;
const fields = {
  speed: number({ unit: 'm/s', min: 0, max: 60 }),
  heading: number({ unit: 'deg' }),
  odometer: number({ unit: 'm' }),
  delay: number({ unit: 's' }),
};

export function pipeline(folder: string): Pipeline {
  return {
    name: 'bench',
    models: { bus: { fields: { ...fields, route: text(), operator: tag(), vehicleType: tag() } } },
    sources: {
      buses: {
        format: {
          name: 'bench',
          contentType: 'application/json',
          units: { bus: { speed: 'km/h' } },
          emits: {},
          decode: () => [],
        },
      },
    },
    registers: {
      vehicles: { file: 'vehicles.json', key: '{id}' },
    },
    steps: [
      {
        step: 'join',
        entityType: 'bus',
        register: 'vehicles',
        set: { vehicleType: 'type' } as never,
      },
    ],
    retention: { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null },
    maxFutureMs: 300_000,
    dedupeHorizonMs: 7 * 86_400_000,
    folder,
  };
}

export function record(index: number, at: number): NewRecord {
  const observedAt = at + index * 1000;
  const reading = {
    eventId: `${String(index).padStart(11, '0')}abcdefghijk`,
    source: 'buses',
    entityType: 'bus',
    entityId: `0018/${index % buses}`,
    observedAt,
    receivedAt: observedAt + 250_000,
    seq: 0,
    numbers: { speed: index % 100, heading: index % 360, odometer: index, delay: -(index % 300) },
    flags: {},
    texts: { route: '5520' },
    tags: { operator: '0018' },
    position: { lat: 60 + (index % 1000) / 1e5, lon: 24 + (index % 1000) / 1e5, altitude: null },
    zones: [],
    unset: [],
    traceparent: null,
  };
  return {
    topic: rawTopic,
    key: entityKey(reading),
    value: readingCodec.encode(reading),
    timestampMs: Math.floor(reading.receivedAt / 1000),
  };
}

async function reached(log: EventLog, topic: string, count: number): Promise<void> {
  let seen = 0;
  for await (const cut of log.tail([topic], { from: 'earliest' })) {
    seen = Object.values(cut.offsets[topic] ?? {}).reduce((sum, offset) => sum + offset, 0);
    if (seen >= count) return;
  }
}

/** One run in a folder of its own. */
export async function benchEnricher(readings: number): Promise<EnricherBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-enricher-bench-'));
  const vehicles = Array.from({ length: buses }, (_, id) => ({ id: `0018/${id}`, type: 'MB' }));
  await writeFile(join(folder, 'vehicles.json'), JSON.stringify(vehicles));
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  const log = await openSqliteLog({ folder });
  const now = () => Date.now() * 1000;
  const context = {
    pipeline: pipeline(folder),
    settings: testSettings(folder),
    log,
    events,
    metrics,
    now,
  };
  try {
    await log.createTopics(pipelineTopics(context.pipeline, context.settings));
    await publishReference(context);
    const at = now();
    for (let start = 0; start < readings; start += 500) {
      const count = Math.min(500, readings - start);
      await log.append(Array.from({ length: count }, (_, index) => record(start + index, at)));
    }
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const enricher = await startEnricher(context);
    await reached(log, enrichedTopic, readings);
    const seconds = (performance.now() - startedAt) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    await enricher.stop();
    if (process.env.BENCH_METRICS) console.log(await metrics.metrics());
    return {
      readings,
      readingsPerSecond: Math.round(readings / seconds),
      readingsPerCpuSecond: Math.round(readings / ((cpu.user + cpu.system) / 1e6)),
    };
  } finally {
    await log.close();
    await rm(folder, { recursive: true });
  }
}
