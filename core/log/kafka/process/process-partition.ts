import { MillraceError } from '../../../errors.ts';
import { checkRecordSize } from '../../check-record-size.ts';
import type { NewRecord, ProcessHandler, RecordBatch } from '../../event-log.ts';
import { partitionOf } from '../../murmur2.ts';
import type { OnPassed } from '../../records-passed.ts';
import type { Commit, CommitsTable } from '../commits-table.ts';
import { toLogError } from '../kafka-errors.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { PartitionState } from '../state/partition-state.ts';
import type { TopicNames } from '../topic-names.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { type CommitLane, commitRecord } from './commit-lane.ts';
import { FeedReader } from './feed-reader.ts';
import { PartitionLostError } from './partition-loop.ts';
import type { OutRecords, TransactionalProducer } from './transactional-producer.ts';

/** Longer than a killed owner's transactions stay open. */
const commitsWithinMs = 15_000;
/** Between two looks whether somebody else's transaction is decided, or tells of another last owner. */
const lookAgainMs = 100;

export interface ProcessPartitionParts {
  readonly group: string;
  readonly partition: number;
  /** Without the prefix, all with this partition. */
  readonly topics: readonly string[];
  readonly handle: ProcessHandler;
  readonly names: TopicNames;
  readonly asking: KafkaCluster;
  readonly commits: CommitsTable;
  /** Of the partition's own transactional id, whoever owns it. */
  readonly claim: TransactionalProducer;
  /** The one that partitions of this member which open now commit by. */
  readonly lane: () => CommitLane;
  readonly fence: (transactionalId: string) => Promise<void>;
  readonly state: PartitionState;
  readonly changelog: TopicPartition;
  readonly onCommitted: (batch: RecordBatch) => void;
  readonly onPassed: OnPassed;
}

/** One input partition of a group of `process`: claimed, restored, and carried forward by its member's lane. */
export class ProcessPartition {
  readonly #parts: ProcessPartitionParts;
  #input: Record<string, number> = {};
  #lane: CommitLane | undefined;

  constructor(parts: ProcessPartitionParts) {
    this.#parts = parts;
  }

  /**
   * The order is what makes it safe. The claim fences whoever is opening the partition; then the last owner's lane is
   * fenced and its transaction ended; only then state and position are read; and by a transaction of the claim our own
   * lane is made known, before it commits anything. Who is overtaken anywhere on the way fails at that transaction, and
   * who comes later finds our lane to fence.
   */
  async open(): Promise<FeedReader[]> {
    const { claim, names, onPassed, partition, state, topics } = this.#parts;
    const lane = this.#parts.lane();
    await this.#doing('taking over', async () => {
      await claim.init();
      await lane.open();
    });
    const last = await this.#fenceLastOwner(lane);
    await state.restore();
    this.#input = { ...last?.input };
    lane.inherit(last?.ends ?? {});
    await this.#doing('taking over', () => this.#register(lane, last));
    this.#lane = lane;
    return topics.map((topic) => {
      const place = { topic: names.onCluster(topic), partition };
      return new FeedReader(topic, place, { fromOffset: this.#input[topic] ?? 0, onPassed });
    });
  }

  async deliver(batch: RecordBatch): Promise<void> {
    const lane = this.#lane;
    if (!lane) throw new Error('A batch was delivered before the partition was opened.');
    const { state } = this.#parts;
    if (state.isLost) {
      const sentence =
        'The local copy of its state could not be written (is the disk full?); it is read again.';
      const cause = new Error(sentence, { cause: state.lostBecause });
      throw new PartitionLostError('its state', { cause });
    }
    lane.enter();
    try {
      await this.#handleAndCommit(batch, lane);
    } finally {
      lane.leave();
    }
    this.#parts.onCommitted(batch);
  }

  /** Waits until readers see the last commit. */
  async close(): Promise<void> {
    await this.#lane?.retire();
  }

  async #handleAndCommit(batch: RecordBatch, lane: CommitLane): Promise<void> {
    const { changelog, group, handle, partition, state } = this.#parts;
    const context = state.context();
    const emits = await handle(batch, context);
    const changed = await context.changed();
    const out = await this.#route(emits);
    const changes = state.changes(changed);
    if (changes.records.length > 0) out.push({ ...changelog, records: changes.records });
    const input = { ...this.#input, [batch.topic]: batch.nextOffset };
    try {
      const ends = await lane.commit({ partition, input, out });
      this.#input = input;
      changes.committed(ends.get(placeOf(changelog)));
    } catch (error) {
      const doing = `committing a batch of group ${group}, partition ${partition}`;
      throw new PartitionLostError(doing, { cause: toLogError(error, doing) });
    }
  }

  /** Gives the partition's last commit, to which nothing can be added any more but by us. */
  async #fenceLastOwner(lane: CommitLane): Promise<Commit | undefined> {
    const { commits, fence, group, names, partition } = this.#parts;
    const giveUpAtMs = performance.now() + commitsWithinMs;
    // Its own transaction may be what holds the table's end back.
    let fenced = lane.id;
    // Only an owner that is still to be fenced writes of the partition after it, so a moving end need not be chased.
    let end = await commits.writtenEnd();
    for (;;) {
      const isWhole = await commits.readTo(end, lookAgainMs);
      const last = commits.get(group, partition);
      if (last?.lane !== undefined && last.lane !== fenced) {
        const { lane: owner } = last;
        await this.#doing('taking over', () => fence(owner));
        fenced = owner;
        end = await commits.writtenEnd();
        continue;
      }
      if (isWhole) return last;
      if (performance.now() > giveUpAtMs)
        throw new MillraceError(
          'LOG_UNAVAILABLE',
          `Where group ${group} stands in partition ${partition} can't be read yet: a transaction is open in ${names.commits}. It is tried again.`,
        );
    }
  }

  async #register(lane: CommitLane, last: Commit | undefined): Promise<void> {
    const { claim, group, names, partition } = this.#parts;
    const place = { topic: names.commits, partition: 0 };
    await claim.begin([place]);
    const entry = { input: this.#input, ends: last?.ends ?? {}, lane: lane.id };
    const { producerId } = claim;
    const record = commitRecord({ group, partition }, { ...entry, producerId });
    await claim.send([{ ...place, records: [record] }]);
    await claim.commit();
  }

  async #doing(what: string, work: () => Promise<void>): Promise<void> {
    const { group, partition } = this.#parts;
    await work().catch((error: unknown) => {
      throw toLogError(error, `${what} partition ${partition} of group ${group}`);
    });
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
