import { Registry } from 'prom-client';
import { makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { InfluxSettings } from '../../core/config/settings.ts';
import type { DeadLetter } from '../../core/dead-letter.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog, NewRecord } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import type { Reading } from '../../core/reading.ts';
import type { Service } from '../../core/service.ts';
import { deadLettersTopic, enrichedTopic } from '../../core/topics.ts';
import { followAccount } from '../../services/influx-sink/influx-account.ts';
import { startInfluxSink } from '../../services/influx-sink/main.ts';
import type { SinkAccount } from '../../stores/store.ts';
import { makeReading } from './make-reading.ts';
import { testSettings } from './test-settings.ts';

const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
export const sinkPipeline = { retention } as unknown as Pipeline;

export interface InfluxSinkUnderTest {
  readonly log: EventLog;
  readonly metrics: Registry;
  /** Log lines, as JSON texts. */
  readonly lines: readonly string[];
  /** Starts the sink; called again, one beside it or after it. */
  start(influx: InfluxSettings): Promise<Service>;
  append(readings: readonly Reading[]): Promise<void>;
  /** What the sink has committed. */
  account(): Promise<SinkAccount>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  remove(): Promise<void>;
}

/** A log in a folder of its own, and the sink that reads it. */
export async function influxSinkUnderTest(): Promise<InfluxSinkUnderTest> {
  const folder = await makeDataFolder();
  const metrics = new Registry();
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const events = createEvents({ level: 'info', metrics, destination });
  const settings = testSettings(folder.path, { partitions: 2 });
  const log = await openSqliteLog({ folder: folder.path, events });
  await log.createTopics(pipelineTopics(sinkPipeline, settings));
  const account = await followAccount(log);
  const running: Service[] = [];
  const now = () => Date.now() * 1000;
  return {
    log,
    metrics,
    lines,
    account: () => account.account(),
    async start(influx) {
      const registry = running.length === 0 ? metrics : new Registry();
      const own = { pipeline: sinkPipeline, settings: { ...settings, influx }, log, events, now };
      const sink = await startInfluxSink({ ...own, metrics: registry });
      running.push(sink);
      return sink;
    },
    append: (readings) => log.append(readings.map(enrichedRecord)),
    async deadLetters() {
      const letters: DeadLetter[] = [];
      for await (const { batches, atEnd } of log.tail([deadLettersTopic], { from: 'earliest' })) {
        for (const { records } of batches)
          for (const { value } of records) if (value) letters.push(deadLetterCodec.decode(value));
        if (atEnd) return letters;
      }
      return letters;
    },
    async remove() {
      for (const sink of running) await sink.stop();
      account.close();
      await log.close();
      await folder.remove();
    },
  };
}

/** The sink alone, on a log that is open. */
export function runInfluxSink(options: {
  readonly log: EventLog;
  readonly folder: string;
  readonly influx: InfluxSettings;
}): Promise<Service> {
  const { log, folder, influx } = options;
  const metrics = new Registry();
  return startInfluxSink({
    pipeline: sinkPipeline,
    settings: testSettings(folder, { influx }),
    log,
    events: createEvents({ level: 'silent', metrics }),
    metrics,
    now: () => Date.now() * 1000,
  });
}

export function enrichedRecord(reading: Reading): NewRecord {
  return {
    topic: enrichedTopic,
    key: `${reading.entityType}/${reading.entityId}`,
    value: readingCodec.encode(reading),
    timestampMs: Math.floor(reading.receivedAt / 1000),
  };
}

/** The n-th of a stream: one of seven buses, every millisecond. */
export function numberedReading(n: number): Reading {
  return makeReading({
    eventId: `event-${n}`,
    entityId: `bus-${n % 7}`,
    observedAt: 1_700_000_000_000_000 + n * 1000,
    numbers: { n },
  });
}
