import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { KafkaBroker } from '../wire/kafkajs-shapes.ts';
import { placeOf, type TopicPartition, withLeaders } from './with-leaders.ts';

/**
 * `stable`: one past the last record that is decided (committed or aborted). `written`: one past the last record.
 * `timeMs`: the first record at or after a time, -1 when all are older.
 */
export type OffsetAt = 'earliest' | 'stable' | 'written' | { readonly timeMs: number };

/** Offsets by `topic/partition`. */
export async function listOffsets(
  cluster: KafkaCluster,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  if (partitions.length === 0) return found;
  const timestamp = typeof at === 'object' ? at.timeMs : at === 'earliest' ? -2 : -1;
  const isolationLevel = at === 'written' ? 0 : 1;
  const answers = await withLeaders(cluster, partitions, async (nodeId, own) => {
    const byTopic = Map.groupBy(own, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, rows]) => ({
      topic,
      partitions: rows.map(({ partition }) => ({ partition, timestamp })),
    }));
    const broker: KafkaBroker = await cluster.broker(nodeId);
    return broker.listOffsets({ replicaId: -1, isolationLevel, topics });
  });
  for (const { responses } of answers)
    for (const { topic, partitions: rows } of responses)
      for (const { partition, offset } of rows)
        found.set(placeOf({ topic, partition }), Number(offset));
  return found;
}
