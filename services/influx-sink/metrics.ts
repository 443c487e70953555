import { Counter, type Registry } from 'prom-client';
import type { EventLog, RecordBatch } from '../../core/log/event-log.ts';
import type { WrittenBatch } from '../../stores/influx/influx-writer.ts';
import { sinkMetrics } from '../../stores/sink/sink-metrics.ts';
import type { InfluxAccount } from './influx-account.ts';

export interface InfluxSinkMetrics {
  /** `seconds`: retries included. */
  countBatch(batch: RecordBatch, written: WrittenBatch, seconds: number): void;
}

export function influxSinkMetrics(parts: {
  readonly registry: Registry;
  readonly log: Pick<EventLog, 'ranges'>;
  readonly account: InfluxAccount;
  readonly topics: readonly string[];
}): InfluxSinkMetrics {
  const { registry, log, account, topics } = parts;
  const { writeSeconds } = sinkMetrics({
    prefix: 'influx_sink',
    registry,
    log,
    writer: account,
    topics,
  });
  const withoutFields = new Counter({
    name: 'millrace_influx_sink_without_fields_total',
    help: 'Readings without any value, which make no point; counted as stored. A batch that comes again is counted again.',
    registers: [registry],
  });
  return {
    countBatch({ topic }, written, seconds) {
      writeSeconds.observe({ topic }, seconds);
      if (written.withoutFields > 0) withoutFields.inc(written.withoutFields);
    },
  };
}
