import type { ServiceContext } from '../../core/service.ts';
import { deadLettersTopic, enrichedTopic } from '../../core/topics.ts';

export const sinkName = 'sqlite-sink';

export interface SinkConfig {
  readonly group: string;
  readonly topics: readonly string[];
  /** Bounds of a batch. Many readings of one entity in one transaction cost little more than one. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Between two batches of one partition that are not full: what comes meanwhile shares a transaction. */
  readonly minBatchIntervalMs: number;
  /** Pauses between tries while the store, or the log for dead letters, is away. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
  readonly pruneEveryMs: number;
}

export function sinkConfig({ settings }: Pick<ServiceContext, 'settings'>): SinkConfig {
  return {
    group: `${settings.groupPrefix}${sinkName}`,
    topics: [enrichedTopic, deadLettersTopic],
    maxRecords: 4000,
    maxBytes: 4_000_000,
    minBatchIntervalMs: 200,
    retry: { firstMs: 100, maxMs: 10_000 },
    pruneEveryMs: 10_000,
  };
}
