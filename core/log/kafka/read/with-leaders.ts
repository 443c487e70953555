import { Backoff } from '../../../backoff.ts';
import { pause } from '../../../pause.ts';
import { kafkaErrorType, toLogError } from '../kafka-errors.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';

export interface TopicPartition {
  /** As the cluster has it, with the prefix. */
  readonly topic: string;
  readonly partition: number;
}

export const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Answers after which the leader is asked for anew. */
const movedTypes = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);

export function hasMoved(error: unknown): boolean {
  return movedTypes.has(kafkaErrorType(error) ?? '');
}

/** A broker that starts again is some seconds without its partitions. */
const withinMs = 10_000;
const never = new AbortController().signal;

/**
 * Asks the leaders of partitions, all at once, and again when they have moved or a connection was lost.
 * Rejects with a `MillraceError` after some ten seconds.
 */
export async function withLeaders<P extends TopicPartition, T>(
  cluster: KafkaCluster,
  partitions: readonly P[],
  ask: (nodeId: number, partitions: readonly P[]) => Promise<T>,
): Promise<T[]> {
  const backoff = new Backoff({ firstMs: 50, maxMs: 1000 });
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    try {
      const byLeader = new Map<number, P[]>();
      for (const one of partitions) {
        const leader = await cluster.leaderOf(one.topic, one.partition);
        const ofLeader = byLeader.get(leader);
        if (ofLeader) ofLeader.push(one);
        else byLeader.set(leader, [one]);
      }
      return await Promise.all([...byLeader].map(([nodeId, own]) => ask(nodeId, own)));
    } catch (error) {
      const place = partitions.slice(0, 3).map(placeOf).join(', ');
      const failure = toLogError(error, `asking for ${place}`);
      for (const { topic } of partitions) cluster.forgetTopic(topic);
      if (performance.now() > giveUpAtMs || !failure.retryable) throw failure;
      await pause(backoff.nextMs(), never);
    }
  }
}
