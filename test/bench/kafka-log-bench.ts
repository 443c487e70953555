import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Figure } from '../../cli/bench/benchmarks.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { benchReach } from '../support/servers/start-server.ts';
import {
  createBenchTopics,
  measureAppend,
  measureAppendLatency,
  measureProcess,
  type WithLog,
} from './log-bench.ts';

/** The same work as on the embedded log. The broker's own CPU time is not in it: it is another process. */
export const kafkaLogBenchmark: Benchmark = {
  name: 'kafka-log',
  summary:
    'the same on Kafka: the broker of MILLRACE_KAFKA_BROKERS, or one in a container; CPU of this process alone',
  async run() {
    const server = await findBrokers();
    if (!server) {
      console.error(
        `kafka-log: skipped: MILLRACE_KAFKA_BROKERS is not set, and ${withoutEngine()}`,
      );
      return [];
    }
    try {
      return await measureAll(withKafkaLog(server.brokers));
    } finally {
      await server.stop();
    }
  },
};

async function measureAll(withLog: WithLog): Promise<Figure[]> {
  const options = { records: 300_000, batchRecords: 500, concurrency: 8 };
  const rates = [await measureAppend(options, withLog), await measureProcess(options, withLog)];
  const latency = await measureAppendLatency({ ratePerSecond: 2000, seconds: 5 }, withLog);
  return [
    ...rates.flatMap(({ name, recordsPerSecond, recordsPerCpuSecond }) => [
      { name, unit: '1/s', value: recordsPerSecond },
      { name: `${name}, per CPU second`, unit: '1/s', value: recordsPerCpuSecond },
    ]),
    { name: `${latency.name}: p50`, unit: 'ms', value: latency.p50Ms },
    { name: `${latency.name}: p99`, unit: 'ms', value: latency.p99Ms },
  ];
}

async function findBrokers(): Promise<{ brokers: string[]; stop(): Promise<void> } | undefined> {
  const given = process.env.MILLRACE_KAFKA_BROKERS;
  if (given) return { brokers: given.split(','), stop: async () => undefined };
  return withoutEngine() === false ? startKafka({ own: true, reach: benchReach }) : undefined;
}

function withKafkaLog(brokers: string[]): WithLog {
  return async <T>(measure: (log: EventLog) => Promise<T>) => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
    const topicPrefix = `bench-${crypto.randomUUID().slice(0, 8)}.`;
    const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
    const log = await openKafkaLog({ kafka, stateFolder });
    try {
      await createBenchTopics(log);
      return await measure(log);
    } finally {
      await log.close();
      await rm(stateFolder, { recursive: true, force: true });
    }
  };
}
