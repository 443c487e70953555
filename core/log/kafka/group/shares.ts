import { MillraceError } from '../../../errors.ts';
import type { TopicPartition } from '../read/with-leaders.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';

/** What goes to one member together, by name. */
export type Shares = ReadonlyMap<string, readonly TopicPartition[]>;

/** For `consume`: each partition by itself. Topics are as the cluster has them. */
export async function singleShares(
  cluster: KafkaCluster,
  topics: readonly string[],
): Promise<Shares> {
  const shares = new Map<string, { topic: string; partition: number }[]>();
  for (const topic of topics) {
    const count = await cluster.partitionCount(topic);
    for (let partition = 0; partition < count; partition++)
      shares.set(`${topic}#${partition}`, [{ topic, partition }]);
  }
  return shares;
}

/**
 * For `process`: the partitions of one number of all topics, since they have their state in common.
 * Rejects with `TOPIC_PARTITIONS_DIFFER`.
 */
export async function matchingShares(
  cluster: KafkaCluster,
  topics: readonly string[],
): Promise<Shares> {
  const counts: number[] = [];
  for (const topic of topics) counts.push(await cluster.partitionCount(topic));
  if (new Set(counts).size > 1) {
    const there = topics.map((name, index) => `${name} has ${counts[index]}`).join(', ');
    throw new MillraceError(
      'TOPIC_PARTITIONS_DIFFER',
      `Topics that are processed together should have equally many partitions; ${there}. Use the same setting for all of them.`,
    );
  }
  const numbers = Array.from({ length: counts[0] ?? 0 }, (_, number) => number);
  return new Map(
    numbers.map((partition) => [`${partition}`, topics.map((topic) => ({ topic, partition }))]),
  );
}
