import type { ServiceContext } from '../../core/service.ts';
import { rawTopic } from '../../core/topics.ts';

export interface EnricherConfig {
  readonly group: string;
  readonly topics: readonly string[];
  /** Bounds of a batch: what is decoded and held in memory at once, for one partition. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Null: for ever. */
  readonly dedupeHorizonMs: number | null;
}

export function enricherConfig({ pipeline, settings }: ServiceContext): EnricherConfig {
  return {
    group: `${settings.groupPrefix}enricher`,
    topics: [rawTopic],
    maxRecords: 2000,
    maxBytes: 4_000_000,
    dedupeHorizonMs: pipeline.dedupeHorizonMs,
  };
}
