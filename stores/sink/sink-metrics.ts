import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EventLog } from '../../core/log/event-log.ts';
import type { SinkAccount, StoreWriter } from '../store.ts';

export interface SinkMetricsParts {
  /** Begins the metrics' names: `sqlite_sink`. */
  readonly prefix: string;
  readonly registry: Registry;
  readonly log: Pick<EventLog, 'ranges'>;
  readonly writer: Pick<StoreWriter, 'account'>;
  readonly topics: readonly string[];
}

export interface SinkMetrics {
  /** Times the writing of one batch, retries included. */
  readonly writeSeconds: Histogram<'topic'>;
}

/** Counts are the store's own, read when they are asked for: the ledger and the metrics say the same. */
export function sinkMetrics({
  prefix,
  registry,
  log,
  writer,
  topics,
}: SinkMetricsParts): SinkMetrics {
  const registers = [registry];
  new Counter({
    name: `millrace_${prefix}_readings_total`,
    help: 'Readings by what became of them at the store, since it was made.',
    labelNames: ['source', 'outcome'],
    registers,
    async collect() {
      const { sources } = await writer.account().catch(() => nothing);
      this.reset();
      for (const [source, counts] of Object.entries(sources))
        for (const [outcome, count] of Object.entries(counts)) this.inc({ source, outcome }, count);
    },
  });
  new Gauge({
    name: `millrace_${prefix}_lag_records`,
    help: 'Records of the log that are not in the store yet.',
    labelNames: ['topic', 'partition'],
    registers,
    async collect() {
      const [ranges, { offsets }] = await Promise.all([
        log.ranges(topics).catch(() => []),
        writer.account().catch(() => nothing),
      ]);
      this.reset();
      for (const { topic, partition, startOffset, endOffset } of ranges) {
        const next = Math.max(startOffset, offsets[topic]?.[partition] ?? 0);
        this.set({ topic, partition }, Math.max(0, endOffset - next));
      }
    },
  });
  return {
    writeSeconds: new Histogram({
      name: `millrace_${prefix}_write_seconds`,
      help: 'Time to store a batch, retries included.',
      labelNames: ['topic'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
  };
}

/** The store is away: no figures rather than none of the page's others. */
const nothing: SinkAccount = { offsets: {}, sources: {} };
