import type { Settings } from '../../core/config/settings.ts';
import type { ServiceContext } from '../../core/service.ts';
import { rawTopic, returnedTopic } from '../../core/topics.ts';

export interface EnricherConfig {
  readonly group: string;
  readonly topics: readonly string[];
  /** Bounds of a batch: what is decoded and held in memory at once, for one partition. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** A commit costs some ms of two processors on Kafka, and a sync of the disk embedded: a few dozen a second, not hundreds. */
  readonly lingerMs: number;
  /** Null: for ever. */
  readonly dedupeHorizonMs: number | null;
}

/** Its offsets say how far the enricher has read. */
export function enricherGroup({ groupPrefix }: Pick<Settings, 'groupPrefix'>): string {
  return `${groupPrefix}enricher`;
}

export function enricherConfig({ pipeline, settings }: ServiceContext): EnricherConfig {
  return {
    group: enricherGroup(settings),
    topics: [rawTopic, returnedTopic],
    maxRecords: 2000,
    maxBytes: 4_000_000,
    lingerMs: 20,
    dedupeHorizonMs: pipeline.dedupeHorizonMs,
  };
}
