import type { Kafka } from 'kafkajs';
import { isMillraceError, MillraceError } from '../../../errors.ts';
import { pause } from '../../../pause.ts';
import type { TopicSpec } from '../../event-log.ts';
import { toLogError } from '../kafka-errors.ts';
import { listOffsets } from '../read/list-offsets.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { alterTopics } from './alter-topics.ts';
import { retentionSettings, type SegmentSettings, topicSettings } from './topic-settings.ts';

const knownWithinMs = 10_000;
const lookMs = 10;
const never = new AbortController().signal;

export interface KafkaTopicsParts {
  readonly kafka: Kafka;
  readonly asking: KafkaCluster;
  readonly replication: number;
  readonly segments: SegmentSettings;
}

/** Makes topics explicitly, never by the brokers' auto-creation. Names are as the cluster has them. */
export class KafkaTopics {
  readonly #parts: KafkaTopicsParts;

  constructor(parts: KafkaTopicsParts) {
    this.#parts = parts;
  }

  /** Undefined: there is no such topic. */
  async partitionCount(topic: string): Promise<number | undefined> {
    try {
      return await this.#parts.asking.partitionCount(topic);
    } catch (error) {
      if (isMillraceError(error, 'TOPIC_UNKNOWN')) return undefined;
      throw error;
    }
  }

  /** Makes those that are missing and sets the retention of those that are there; none of them when counts differ. */
  async create(specs: readonly TopicSpec[]): Promise<void> {
    const { asking } = this.#parts;
    const missing: TopicSpec[] = [];
    const there: TopicSpec[] = [];
    for (const spec of specs) {
      const count = await this.partitionCount(spec.name);
      if (count !== undefined && count !== spec.partitions) throw differs(spec, count);
      (count === undefined ? missing : there).push(spec);
    }
    try {
      await this.#make(missing);
      await alterTopics(asking, new Map(there.map((spec) => [spec.name, retentionSettings(spec)])));
    } catch (error) {
      throw toLogError(error, `creating ${specs.map(({ name }) => name).join(', ')}`);
    }
    for (const spec of missing) await this.#untilKnown(spec);
  }

  async #make(specs: readonly TopicSpec[]): Promise<void> {
    if (specs.length === 0) return;
    const { kafka, replication, segments } = this.#parts;
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.createTopics({
        waitForLeaders: false,
        topics: specs.map((spec) => ({
          topic: spec.name,
          numPartitions: spec.partitions,
          replicationFactor: replication,
          configEntries: Object.entries(topicSettings(spec, replication, segments)).map(
            ([name, value]) => ({ name, value }),
          ),
        })),
      });
    } finally {
      await admin.disconnect();
    }
  }

  /** Brokers hear of a new topic, and of its leaders, a little later than its maker. */
  async #untilKnown(spec: TopicSpec): Promise<void> {
    const giveUpAtMs = performance.now() + knownWithinMs;
    while (!(await this.#isServed(spec))) {
      if (performance.now() > giveUpAtMs)
        throw new MillraceError(
          'LOG_UNAVAILABLE',
          `Topic ${spec.name} was created, but no broker knows all its leaders after ${knownWithinMs} ms. Check the cluster.`,
        );
      await pause(lookMs, never);
    }
  }

  async #isServed({ name, partitions }: TopicSpec): Promise<boolean> {
    const { asking } = this.#parts;
    try {
      const all = Array.from({ length: partitions }, (_, partition) => ({
        topic: name,
        partition,
      }));
      // Metadata may name a leader that doesn't know of it yet, and refuses what is written.
      await listOffsets(asking, all, 'written');
      return true;
    } catch (error) {
      if (!isMillraceError(error, 'TOPIC_UNKNOWN') && !isMillraceError(error, 'LOG_UNAVAILABLE'))
        throw error;
      asking.forgetTopic(name);
      return false;
    }
  }
}

function differs({ name, partitions }: TopicSpec, count: number): MillraceError {
  return new MillraceError(
    'TOPIC_PARTITIONS_DIFFER',
    `Topic ${name} has ${count} partitions and is asked for with ${partitions}. Keep the number it has (MILLRACE_KAFKA_PARTITIONS), or start with another topic prefix.`,
  );
}
