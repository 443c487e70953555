import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { readingCodec } from '../../core/codec.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog, LogRecord, NewRecord } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { entityKey, type Reading } from '../../core/reading.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { rawTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { testSettings } from './test-settings.ts';

/** An embedded log in a folder of its own, with the topics of a pipeline and its models and registers. */
export interface EnricherRoom extends ServiceContext {
  readonly folder: string;
  readonly logLines: readonly string[];
  startEnricher(): Promise<Service>;
  appendReadings(readings: readonly Reading[]): Promise<void>;
  /** Every record of a topic, partition by partition in the order of offsets. */
  recordsOf(topic: string): Promise<readonly LogRecord[]>;
  close(): Promise<void>;
}

export interface EnricherRoomOptions {
  readonly partitions?: number;
  readonly now?: () => number;
}

export async function openEnricherRoom(
  pipeline: Pipeline,
  options: EnricherRoomOptions = {},
): Promise<EnricherRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-enricher-'));
  const metrics = new Registry();
  const logLines: string[] = [];
  const events = createEvents({
    level: 'info',
    metrics,
    destination: { write: (line) => void logLines.push(line) },
  });
  const settings = testSettings(folder, { partitions: options.partitions ?? 3 });
  const log = await openSqliteLog({ folder });
  const now = options.now ?? (() => Date.now() * 1000);
  const context = { pipeline, settings, log, events, metrics, now };
  await log.createTopics(pipelineTopics(pipeline, settings));
  await publishReference(context);
  return {
    ...context,
    folder,
    logLines,
    startEnricher: () => startEnricher(context),
    appendReadings: (readings) => log.append(readings.map(rawRecord)),
    recordsOf: (topic) => recordsOf(log, topic),
    async close() {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function rawRecord(reading: Reading): NewRecord {
  return {
    topic: rawTopic,
    key: entityKey(reading),
    value: readingCodec.encode(reading),
    timestampMs: Math.floor(reading.receivedAt / 1000),
  };
}

/** Every record of a topic, partition by partition in the order of offsets. */
export async function recordsOf(log: Pick<EventLog, 'tail'>, topic: string): Promise<LogRecord[]> {
  const byPartition = new Map<number, LogRecord[]>();
  for await (const cut of log.tail([topic], { from: 'earliest' })) {
    for (const { partition, records } of cut.batches) {
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...records]);
    }
    if (cut.atEnd) break;
  }
  return [...byPartition].sort(([a], [b]) => a - b).flatMap(([, records]) => records);
}
