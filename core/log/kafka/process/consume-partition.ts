import type { ConsumeOptions, RecordBatch } from '../../event-log.ts';
import type { OnPassed } from '../../records-passed.ts';
import { startOffset } from '../../start-offset.ts';
import { fetchGroupOffsets } from '../group/fetch-group-offsets.ts';
import { toLogError } from '../kafka-errors.ts';
import { listOffsets } from '../read/list-offsets.ts';
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
  readonly onPassed: OnPassed;
}

/** One partition of a group of `consume`: at least once. */
export class ConsumePartition {
  readonly #parts: ConsumePartitionParts;

  constructor(parts: ConsumePartitionParts) {
    this.#parts = parts;
  }

  /** Where the reader's own database says, else where the group has committed, else the earliest. */
  async open(): Promise<FeedReader[]> {
    const { names, options, places } = this.#parts;
    const asked = await Promise.all(
      places.map(({ topic, partition }) => options.from?.(names.ours(topic), partition)),
    );
    try {
      return await this.#readersFrom(asked);
    } catch (error) {
      throw toLogError(error, `asking where group ${options.group} begins`);
    }
  }

  async deliver(batch: RecordBatch): Promise<void> {
    await this.#parts.options.handle(batch);
    this.#parts.onHandled(batch);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  async #readersFrom(asked: readonly (number | undefined)[]): Promise<FeedReader[]> {
    const { asking, names, onPassed, options, places } = this.#parts;
    const isKnown = asked.every((offset) => offset !== undefined);
    const [rows, starts, ends] = await Promise.all([
      isKnown ? [] : fetchGroupOffsets(asking, names.group(options.group)),
      listOffsets(asking, isKnown ? [] : places, 'earliest'),
      // One that stood behind a marker may be beyond what is decided.
      listOffsets(asking, places, 'written'),
    ]);
    const committed = new Map(rows.map((row) => [placeOf(row), row.nextOffset]));
    return places.map((place, index) => {
      const topic = names.ours(place.topic);
      const name = placeOf(place);
      const earliest = starts.get(name) ?? 0;
      const range = { ...place, topic, endOffset: ends.get(name) ?? 0 };
      const own = asked[index];
      const fromOffset =
        own === undefined ? (committed.get(name) ?? earliest) : startOffset(own, range);
      return new FeedReader(topic, place, { fromOffset, onPassed });
    });
  }
}
