import type { ConsumeOptions, RecordBatch } from '../../event-log.ts';
import { fetchGroupOffsets } from '../group/fetch-group-offsets.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { TopicNames } from '../topic-names.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { FeedReader } from './feed-reader.ts';

export interface ConsumePartitionParts {
  readonly asking: KafkaCluster;
  readonly names: TopicNames;
  readonly options: ConsumeOptions;
  readonly places: readonly TopicPartition[];
  /** ACK: the consumer has secured the batch; the group's offset may move on. */
  readonly onHandled: (batch: RecordBatch) => void;
}

/** One partition of a group of `consume`: at least once. */
export class ConsumePartition {
  readonly #parts: ConsumePartitionParts;

  constructor(parts: ConsumePartitionParts) {
    this.#parts = parts;
  }

  /** Where the reader's own database says, else where the group has committed, else the earliest. */
  async open(): Promise<FeedReader[]> {
    const { asking, names, options, places } = this.#parts;
    const asked = await Promise.all(
      places.map(({ topic, partition }) => options.from?.(names.ours(topic), partition)),
    );
    const isKnown = asked.every((offset) => offset !== undefined);
    const rows = isKnown ? [] : await fetchGroupOffsets(asking, names.group(options.group));
    const committed = new Map(rows.map((row) => [placeOf(row), row.nextOffset]));
    return places.map((place, index) => {
      const offset = asked[index] ?? committed.get(placeOf(place)) ?? 0;
      return new FeedReader(names.ours(place.topic), place, offset);
    });
  }

  async deliver(batch: RecordBatch): Promise<void> {
    await this.#parts.options.handle(batch);
    this.#parts.onHandled(batch);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
