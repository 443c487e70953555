import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Figure } from '../../cli/bench/benchmarks.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog, NewRecord } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import type { StartService } from '../../core/service.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { benchReach } from '../support/servers/start-server.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { record } from './enricher-bench.ts';
import { timed } from './timed.ts';

export interface Backlog {
  readonly readings: number;
  /** Where the sink writes. */
  readonly settings: Partial<Settings>;
  readonly start: StartService;
  /** What says how many readings of `buses` are stored, and ends. */
  readonly watch: (log: EventLog) => Promise<{ stored(): Promise<number>; close(): unknown }>;
}

export const now = () => Date.now() * 1000;

export const enriched = (index: number, at: number): NewRecord => ({
  ...record(index, at),
  topic: enrichedTopic,
});

/** A sink's way through so many readings that wait in a Kafka of its own, until all are stored. */
export async function drainBacklog(backlog: Backlog): Promise<Figure[]> {
  const server = await startKafka({ own: true, reach: benchReach });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const { brokers } = server;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix: '', replication: 1 };
  const log = await openKafkaLog({ kafka, stateFolder: folder });
  try {
    return await drain(log, folder, backlog);
  } finally {
    await log.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function drain(log: EventLog, folder: string, backlog: Backlog): Promise<Figure[]> {
  const { readings, start, watch } = backlog;
  const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
  const pipeline = { retention } as unknown as Pipeline;
  const settings = testSettings(folder, backlog.settings);
  await log.createTopics(pipelineTopics(pipeline, settings));
  const at = now();
  for (let first = 0; first < readings; first += 1000)
    await log.append(Array.from({ length: 1000 }, (_, n) => enriched(first + n, at)));
  const account = await watch(log);
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  let stop = async () => {};
  const figures = await timed('readings from Kafka by the sink', readings, async () => {
    const sink = await start({ pipeline, settings, log, events, metrics, now });
    stop = () => sink.stop();
    await until(async () => (await account.stored()) === readings, 60_000);
  });
  await stop();
  await account.close();
  return figures;
}
