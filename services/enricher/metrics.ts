import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RecordBatch } from '../../core/log/event-log.ts';
import type { EnrichedBatch } from './enrich-batch.ts';

const phaseNames = ['decode', 'load', 'steps', 'emit'] as const;
export type Phase = (typeof phaseNames)[number];

export interface BatchTimer {
  /** Ends a phase that began where the last one ended. */
  phase(name: Phase): void;
}

export interface EnricherMetrics {
  startBatch(): BatchTimer;
  countBatch(batch: RecordBatch, enriched: EnrichedBatch, nowMs: number): void;
}

const outcomes = ['deduplicated', 'filtered', 'deadLettered', 'passedOn', 'derived'] as const;

/** Counted a batch at a time, before it commits: a batch that comes again is counted again. The ledger isn't. */
export function enricherMetrics(registry: Registry): EnricherMetrics {
  const registers = [registry];
  const readings = new Counter({
    name: 'millrace_enricher_readings_total',
    help: 'Readings by what became of them.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const filtered = new Counter({
    name: 'millrace_enricher_filtered_total',
    help: 'Readings that a rule of the configuration dropped.',
    labelNames: ['rule'],
    registers,
  });
  const unjoined = new Counter({
    name: 'millrace_enricher_unjoined_total',
    help: 'Readings that passed without an entry of the register.',
    labelNames: ['register'],
    registers,
  });
  const phases = new Histogram({
    name: 'millrace_enricher_step_seconds',
    help: 'Time that a batch took in each phase of the enricher.',
    labelNames: ['step'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const sizes = new Histogram({
    name: 'millrace_enricher_batch_readings',
    help: 'Readings in a batch.',
    buckets: [1, 10, 50, 100, 250, 500, 1000, 2000, 5000],
    registers,
  });
  const lag = new Gauge({
    name: 'millrace_enricher_lag_seconds',
    help: 'How long ago the newest reading of the last batch was received.',
    labelNames: ['partition'],
    registers,
  });
  // Looked up once: batches may be small and many.
  const ofPhase = Object.fromEntries(phaseNames.map((step) => [step, phases.labels({ step })]));
  const ofPartition = new Map<number, Gauge.Internal<'partition'>>();
  return {
    startBatch() {
      let since = performance.now();
      return {
        phase(step) {
          const until = performance.now();
          ofPhase[step]?.observe((until - since) / 1000);
          since = until;
        },
      };
    },
    countBatch(batch, enriched, nowMs) {
      sizes.observe(batch.records.length);
      const newestMs = batch.records.at(-1)?.timestampMs ?? nowMs;
      const { partition } = batch;
      const lagOfPartition = ofPartition.get(partition) ?? lag.labels({ partition });
      ofPartition.set(partition, lagOfPartition);
      lagOfPartition.set(Math.max(0, nowMs - newestMs) / 1000);
      for (const [source, counts] of enriched.counts.entries()) {
        for (const outcome of outcomes) {
          if (counts[outcome] > 0) readings.inc({ source, outcome }, counts[outcome]);
        }
      }
      for (const [rule, count] of enriched.filteredByRule) filtered.inc({ rule }, count);
      for (const [register, count] of enriched.unjoinedByRegister)
        unjoined.inc({ register }, count);
    },
  };
}
