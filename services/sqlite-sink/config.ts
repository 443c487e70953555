import type { ServiceContext } from '../../core/service.ts';
import { deadLetterMarksTopic, deadLettersTopic, enrichedTopic } from '../../core/topics.ts';
import type { SinkConfig } from '../../stores/sink/sink-config.ts';

export const sinkName = 'sqlite-sink';

export function sinkConfig({ settings }: Pick<ServiceContext, 'settings'>): SinkConfig {
  return {
    name: sinkName,
    group: `${settings.groupPrefix}${sinkName}`,
    topics: [enrichedTopic, deadLettersTopic, deadLetterMarksTopic],
    maxRecords: 4000,
    maxBytes: 4_000_000,
    minBatchIntervalMs: 200,
    retry: { firstMs: 100, maxMs: 10_000 },
    pruneEveryMs: 10_000,
  };
}
