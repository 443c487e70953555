import { Backoff } from '../../../backoff.ts';
import type { KafkaSettings } from '../../../config/settings.ts';
import type { Events } from '../../../events.ts';
import { pause } from '../../../pause.ts';
import type { NewRecord } from '../../event-log.ts';
import { createKafka } from '../client/create-kafka.ts';
import { toLogError } from '../kafka-errors.ts';
import { TransactionalProducer } from '../process/transactional-producer.ts';
import { TopicNames } from '../topic-names.ts';
import { KafkaCluster } from '../wire/kafka-cluster.ts';
import { recordOverheadBytes } from '../wire/record-batch.ts';

export type CopyRecord = Pick<NewRecord, 'key' | 'value' | 'timestampMs'>;

/** Records for one partition, whose key says nothing of it. `topic` is with the prefix. */
export interface CopyWrite {
  readonly topic: string;
  readonly partition: number;
  /** Of at most `maxWriteBytes` together, or one. */
  readonly records: readonly CopyRecord[];
}

/** What fits into one record batch of the broker, for certain. */
export const maxWriteBytes = 900_000;

const coordinatorWithinMs = 15_000;
const never = new AbortController().signal;

/** What a record takes in a batch, at most. */
export function bytesOf({ key, value }: CopyRecord): number {
  return recordOverheadBytes + key.length * 3 + (value?.length ?? 0);
}

/**
 * Where `millrace copy-log` writes, in transactions of one transactional id: whoever opens it ends the transaction of
 * the one before, which may have been killed, and nothing of that one comes later. After a rejection only `renew` helps.
 */
export class CopyTarget {
  readonly names: TopicNames;
  readonly #cluster: KafkaCluster;
  readonly #producer: TransactionalProducer;

  private constructor(settings: KafkaSettings, events: Events | undefined) {
    this.names = new TopicNames(settings.topicPrefix);
    this.#cluster = new KafkaCluster(createKafka(settings, events));
    this.#producer = new TransactionalProducer(this.#cluster, this.names.group('copy-log'));
  }

  /** Rejects with `LOG_UNAVAILABLE`. */
  static async open(settings: KafkaSettings, events?: Events): Promise<CopyTarget> {
    const target = new CopyTarget(settings, events);
    try {
      await target.renew();
      return target;
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  /** After a rejection: ends what was being committed, so that it is there or not. Rejects with `LOG_UNAVAILABLE`. */
  async renew(): Promise<void> {
    try {
      await this.#producer.init();
    } catch (error) {
      throw toLogError(error, 'opening a producer for copy-log');
    }
  }

  /** Of its transactions; see `CommitEntry`. */
  get producerId(): number {
    return this.#producer.producerId;
  }

  /**
   * Writes records, one write after the other, then `last`, which is given the offset of each write's first record,
   * and commits. Rejects with `LOG_UNAVAILABLE`.
   */
  async commit(
    writes: readonly CopyWrite[],
    lastPlaces: readonly { readonly topic: string; readonly partition: number }[],
    last: (bases: readonly number[]) => readonly CopyWrite[],
  ): Promise<void> {
    try {
      await this.#producer.begin(unique([...writes, ...lastPlaces]));
      const bases: number[] = [];
      for (const write of writes) bases.push(await this.#write(write));
      for (const write of last(bases)) await this.#write(write);
      await this.#producer.commit();
    } catch (error) {
      throw toLogError(error, 'writing a part of the copy');
    }
  }

  /** The offsets of a group that has no members, for plain consumers, people and tools. `topic` is with the prefix. */
  async setOffsets(
    group: string,
    offsets: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }[],
  ): Promise<void> {
    const id = this.names.group(group);
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, rows]) => ({
      topic,
      partitions: rows.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    const ask = { groupId: id, groupGenerationId: -1, memberId: '', topics };
    const backoff = new Backoff({ firstMs: 20, maxMs: 500 });
    const giveUpAtMs = performance.now() + coordinatorWithinMs;
    for (;;) {
      try {
        await (await this.#cluster.coordinator('group', id)).offsetCommit(ask);
        return;
      } catch (error) {
        // A group that is new has no coordinator that is ready for it.
        this.#cluster.forgetCoordinator('group', id);
        if (performance.now() > giveUpAtMs)
          throw toLogError(error, `setting the offsets of group ${id}`);
      }
      await pause(backoff.nextMs(), never);
    }
  }

  async close(): Promise<void> {
    await this.#cluster.close().catch(() => undefined);
  }

  async #write({ topic, partition, records }: CopyWrite): Promise<number> {
    const [end] = await this.#producer.send([{ topic, partition, records }]);
    return (end?.nextOffset ?? 0) - records.length;
  }
}

function unique(places: readonly { readonly topic: string; readonly partition: number }[]) {
  const byName = new Map(
    places.map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition }]),
  );
  return [...byName.values()];
}
