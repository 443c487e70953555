/**
 * Readings into a real InfluxDB 2: by the writer alone, and by the influx-sink from a backlog in Kafka. The CPU time is
 * that of this process; the servers have their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Benchmark, Figure } from '../../cli/bench/benchmarks.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { InfluxSettings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog, NewRecord, RecordBatch } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { followAccount } from '../../services/influx-sink/influx-account.ts';
import { startInfluxSink } from '../../services/influx-sink/main.ts';
import { openInfluxWriter } from '../../stores/influx/open-influx-store.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startInflux } from '../support/servers/start-influx.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { record } from './enricher-bench.ts';

const batchReadings = 5000;
const now = () => Date.now() * 1000;

export const influxBenchmark: Benchmark = {
  name: 'influx',
  summary:
    'readings into InfluxDB 2: the writer alone, and the sink from a backlog in Kafka; both servers in containers, CPU of this process alone',
  async run() {
    const missing = withoutEngine();
    if (missing !== false) {
      console.error(`influx: skipped: ${missing}`);
      return [];
    }
    const server = await startInflux({ own: true });
    try {
      const { url, token, org } = server;
      const influx = (bucket: string): InfluxSettings => ({ version: 2, url, token, org, bucket });
      return [
        ...(await measureWriter(influx('writer'), 300_000)),
        ...(await measureSink(influx('sink'), 400_000)),
      ];
    } finally {
      await server.stop();
    }
  },
};

async function measureWriter(influx: InfluxSettings, readings: number): Promise<Figure[]> {
  const writer = openInfluxWriter({ influx, historyMs: null, now });
  await writer.prepare();
  const at = now();
  const batches = Array.from({ length: readings / batchReadings }, (_, n) => batchOf(n, at));
  const figures = await timed('points by the writer', readings, async () => {
    for (const batch of batches) await writer.writeReadings(batch);
  });
  writer.close();
  return figures;
}

function batchOf(index: number, at: number): RecordBatch {
  const first = index * batchReadings;
  const records = Array.from({ length: batchReadings }, (_, n) => {
    const { key, value, timestampMs } = enriched(first + n, at);
    return { offset: first + n, key, value: value as Buffer, timestampMs };
  });
  return { topic: enrichedTopic, partition: 0, records, nextOffset: first + batchReadings };
}

const enriched = (index: number, at: number): NewRecord => ({
  ...record(index, at),
  topic: enrichedTopic,
});

async function measureSink(influx: InfluxSettings, readings: number): Promise<Figure[]> {
  const kafkaServer = await startKafka({ own: true });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const { brokers } = kafkaServer;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix: '', replication: 1 };
  const log = await openKafkaLog({ kafka, stateFolder: folder });
  try {
    return await drainBacklog(log, { influx, folder, readings });
  } finally {
    await log.close();
    await kafkaServer.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function drainBacklog(
  log: EventLog,
  { influx, folder, readings }: { influx: InfluxSettings; folder: string; readings: number },
): Promise<Figure[]> {
  const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
  const pipeline = { retention } as unknown as Pipeline;
  const settings = testSettings(folder, { influx });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const at = now();
  for (let first = 0; first < readings; first += 1000)
    await log.append(Array.from({ length: 1000 }, (_, n) => enriched(first + n, at)));
  const account = await followAccount(log);
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  let stop = async () => {};
  const figures = await timed('readings from Kafka by the sink', readings, async () => {
    const sink = await startInfluxSink({ pipeline, settings, log, events, metrics, now });
    stop = () => sink.stop();
    await until(async () => (await account.account()).sources.buses?.stored === readings, 60_000);
  });
  await stop();
  account.close();
  return figures;
}

async function timed(name: string, count: number, work: () => Promise<void>): Promise<Figure[]> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return [
    { name, unit: '1/s', value: Math.round(count / seconds) },
    {
      name: `${name}, per CPU second`,
      unit: '1/s',
      value: Math.round((count * 1e6) / (user + system)),
    },
  ];
}
