import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog, NewRecord, TopicSpec } from '../../core/log/event-log.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';

export interface LogBenchResult {
  readonly name: string;
  readonly records: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  /** Of this process, worker thread included. */
  readonly recordsPerCpuSecond: number;
}

export interface LogBenchOptions {
  readonly records: number;
  /** Records of one append. */
  readonly batchRecords: number;
  /** Appends under way at once. */
  readonly concurrency: number;
}

export interface LatencyBenchOptions {
  /** Appends of one record each, evenly spread. */
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export interface LatencyBenchResult {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Opens an empty log with the two topics, and closes it after. */
export type WithLog = <T>(measure: (log: EventLog) => Promise<T>) => Promise<T>;

const entities = 2000;
const valueBytes = 110;
const input = 'bench.in';
const output = 'bench.out';

/** How many records a second a log takes, each append resolved when it is durable. */
export function measureAppend(
  options: LogBenchOptions,
  withLog: WithLog = withSqliteLog,
): Promise<LogBenchResult> {
  return withLog(async (log) => {
    const batches = recordBatches(options);
    return timed(`append of ${options.batchRecords}`, options.records, async () => {
      await appendAll(log, batches, options.concurrency);
    });
  });
}

/** How many records a second go from a backlog through `process` with one emit and one state put for each. */
export function measureProcess(
  options: LogBenchOptions,
  withLog: WithLog = withSqliteLog,
): Promise<LogBenchResult> {
  return withLog(async (log) => {
    await appendAll(log, recordBatches(options), options.concurrency);
    return timed('process with one state put', options.records, async () => {
      const done = Promise.withResolvers<void>();
      let seen = 0;
      const consumption = await log.process({
        group: 'bench',
        topics: [input],
        onError: done.reject,
        handle: async ({ records }, context) => {
          const state = context.state('count', 1);
          await state.load(records.map(({ key }) => key));
          const emits: NewRecord[] = [];
          for (const { key, value, timestampMs } of records) {
            const next = Buffer.allocUnsafe(64);
            state.get(key)?.copy(next);
            next.writeUInt32LE(seen++, 0);
            state.put(key, next);
            emits.push({ topic: output, key, value, timestampMs });
          }
          return emits;
        },
      });
      const cuts = log.tail([output], { from: 'earliest' });
      let arrived = 0;
      for await (const { batches } of cuts) {
        for (const { records } of batches) arrived += records.length;
        if (arrived >= options.records) break;
      }
      done.resolve();
      await done.promise;
      await consumption.stop();
    });
  });
}

/** From the time at which an append was due to its promise. */
export function measureAppendLatency(
  { ratePerSecond, seconds }: LatencyBenchOptions,
  withLog: WithLog = withSqliteLog,
): Promise<LatencyBenchResult> {
  return withLog(async (log) => {
    const waitsMs: number[] = [];
    const appends: Promise<void>[] = [];
    const startMs = performance.now();
    for (let number = 0; number < ratePerSecond * seconds; ) {
      const nowMs = performance.now() - startMs;
      for (; (number * 1000) / ratePerSecond <= nowMs; number++) {
        const dueMs = startMs + (number * 1000) / ratePerSecond;
        const append = log.append([record(number)]);
        appends.push(append.then(() => void waitsMs.push(performance.now() - dueMs)));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(appends);
    waitsMs.sort((a, b) => a - b);
    const at = (share: number) => waitsMs[Math.floor(waitsMs.length * share)] ?? 0;
    return { name: `append at ${ratePerSecond}/s`, p50Ms: at(0.5), p99Ms: at(0.99) };
  });
}

export async function createBenchTopics(log: EventLog): Promise<void> {
  await log.createTopics([topic(input), topic(output)]);
}

async function withSqliteLog<T>(measure: (log: EventLog) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const log = await openSqliteLog({ folder });
  try {
    await createBenchTopics(log);
    return await measure(log);
  } finally {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function topic(name: string): TopicSpec {
  return { name, partitions: 6, cleanup: 'delete', retentionMs: null, retentionBytes: null };
}

function recordBatches({ records, batchRecords }: LogBenchOptions): NewRecord[][] {
  const batches: NewRecord[][] = [];
  for (let from = 0; from < records; from += batchRecords) {
    const length = Math.min(batchRecords, records - from);
    batches.push(Array.from({ length }, (_, at) => record(from + at)));
  }
  return batches;
}

function record(number: number): NewRecord {
  const value = Buffer.alloc(valueBytes, number & 0xff);
  return { topic: input, key: `vehicle/${number % entities}`, value, timestampMs: 1.7e12 + number };
}

async function appendAll(
  log: EventLog,
  batches: readonly NewRecord[][],
  concurrency: number,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let batch = batches[next++]; batch; batch = batches[next++]) await log.append(batch);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function timed(
  name: string,
  records: number,
  work: () => Promise<void>,
): Promise<LogBenchResult> {
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  return {
    name,
    records,
    seconds,
    recordsPerSecond: Math.round(records / seconds),
    recordsPerCpuSecond: Math.round((records * 1e6) / (user + system)),
  };
}
