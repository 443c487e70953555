import { MillraceError } from '../../../errors.ts';
import { checkRecordSize } from '../../check-record-size.ts';
import type { NewRecord, Offsets, ProcessHandler, RecordBatch } from '../../event-log.ts';
import { partitionOf } from '../../murmur2.ts';
import type { CommitEntry, CommitsTable } from '../commits-table.ts';
import { toLogError } from '../kafka-errors.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { PartitionState } from '../state/partition-state.ts';
import type { TopicNames } from '../topic-names.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { FeedReader } from './feed-reader.ts';
import { PartitionLostError } from './partition-loop.ts';
import type { OutRecords, TransactionalProducer } from './transactional-producer.ts';

/** Longer than a killed owner's transactions stay open. */
const commitsWithinMs = 15_000;
const closeWithinMs = 2000;

export interface ProcessPartitionParts {
  readonly group: string;
  readonly partition: number;
  /** Without the prefix, all with this partition. */
  readonly topics: readonly string[];
  readonly handle: ProcessHandler;
  readonly names: TopicNames;
  readonly asking: KafkaCluster;
  readonly commits: CommitsTable;
  readonly producer: TransactionalProducer;
  readonly state: PartitionState;
  readonly changelog: TopicPartition;
  readonly onCommitted: (batch: RecordBatch) => void;
}

type Ends = Record<string, Record<number, number>>;

/** One input partition of a group of `process`: fenced, restored, and carried forward by transactions. */
export class ProcessPartition {
  readonly #parts: ProcessPartitionParts;
  #input: Record<string, number> = {};
  #ends: Ends = {};
  /** Of this owner's transactions the last may be open, or its markers not yet written. */
  #isUnsettled = false;

  constructor(parts: ProcessPartitionParts) {
    this.#parts = parts;
  }

  /**
   * The order is what makes it safe: first the last owner is fenced and its transaction ended, and only then state
   * and position are read. Nothing can change them any more but this owner.
   */
  async open(): Promise<FeedReader[]> {
    const { commits, group, names, partition, state, topics } = this.#parts;
    await this.#fence();
    await state.restore();
    if (!(await commits.readToEnd(commitsWithinMs)))
      throw new MillraceError(
        'LOG_UNAVAILABLE',
        `Where group ${group} stands in partition ${partition} can't be read yet: a transaction is open in ${names.commits}. It is tried again.`,
      );
    const last = commits.get(group, partition);
    this.#input = { ...last?.input };
    this.#ends = structuredClone(last?.ends ?? {}) as Ends;
    return topics.map((topic) => {
      const place = { topic: names.onCluster(topic), partition };
      return new FeedReader(topic, place, this.#input[topic] ?? 0);
    });
  }

  async deliver(batch: RecordBatch): Promise<void> {
    if (this.#parts.state.isLost)
      throw new PartitionLostError('its state', {
        cause: new Error('The copy of its state was lost; it is read again.'),
      });
    const context = this.#parts.state.context();
    const emits = await this.#parts.handle(batch, context);
    const changed = await context.changed();
    const out = await this.#route(emits);
    const changes = this.#parts.state.changes(changed);
    try {
      const ends = await this.#commit(batch, out, changes.records);
      // ACK: emits, state and position are decided as one.
      changes.committed(ends.get(placeOf(this.#parts.changelog)));
    } catch (error) {
      const doing = `committing a batch of group ${this.#parts.group}, partition ${batch.partition}`;
      throw new PartitionLostError(doing, { cause: toLogError(error, doing) });
    }
    this.#parts.onCommitted(batch);
  }

  /** Ends what is open, and waits until readers see the last commit: then the id can be initialised again. */
  async close(): Promise<void> {
    if (this.#isUnsettled) await this.#fence(closeWithinMs);
  }

  async #fence(withinMs?: number): Promise<void> {
    const { group, partition, producer } = this.#parts;
    await producer.init(withinMs).catch((error: unknown) => {
      throw toLogError(error, `taking over partition ${partition} of group ${group}`);
    });
  }

  /** Gives the ends of what was written, by `topic/partition`. */
  async #commit(
    batch: RecordBatch,
    out: readonly OutRecords[],
    changes: OutRecords['records'],
  ): Promise<Map<string, number>> {
    const { changelog, group, names, partition, producer } = this.#parts;
    const commits = { topic: names.commits, partition: 0 };
    const written = changes.length > 0 ? [...out, { ...changelog, records: changes }] : out;
    this.#isUnsettled = true;
    await producer.begin([...written, commits]);
    const ends = new Map<string, number>();
    for (const { topic, partition: number, nextOffset } of await producer.send(written)) {
      ends.set(placeOf({ topic, partition: number }), nextOffset);
      if (topic !== changelog.topic) this.#noteEnd(names.ours(topic), number, nextOffset);
    }
    this.#input = { ...this.#input, [batch.topic]: batch.nextOffset };
    const entry: CommitEntry = {
      input: this.#input,
      ends: this.#ends as Offsets,
      producerId: producer.producerId,
    };
    const value = Buffer.from(JSON.stringify(entry));
    const record = { key: `${group}/${partition}`, value, timestampMs: Date.now() };
    await producer.send([{ ...commits, records: [record] }]);
    await producer.commit();
    return ends;
  }

  #noteEnd(topic: string, partition: number, nextOffset: number): void {
    const ofTopic = this.#ends[topic] ?? {};
    ofTopic[partition] = nextOffset;
    this.#ends[topic] = ofTopic;
  }

  /** Rejects with `TOPIC_UNKNOWN` or `RECORD_TOO_LARGE` before anything is written. */
  async #route(emits: readonly NewRecord[]): Promise<OutRecords[]> {
    const { asking, names } = this.#parts;
    const out = new Map<string, TopicPartition & { records: NewRecord[] }>();
    for (const [topic, records] of Map.groupBy(emits, (record) => record.topic)) {
      const onCluster = names.onCluster(topic);
      const count = await asking.partitionCount(onCluster);
      for (const record of records) {
        checkRecordSize(record);
        const key = Buffer.from(record.key);
        const place = { topic: onCluster, partition: partitionOf(key, 0, key.length, count) };
        const name = placeOf(place);
        const there = out.get(name);
        if (there) there.records.push(record);
        else out.set(name, { ...place, records: [record] });
      }
    }
    return [...out.values()];
  }
}
