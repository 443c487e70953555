import { pause } from '../../../pause.ts';
import type { CommitEntry } from '../commits-table.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { TopicNames } from '../topic-names.ts';
import type { OutRecord } from '../wire/produce.ts';
import type { OutRecords, TransactionalProducer } from './transactional-producer.ts';

/** What one partition commits. */
export interface PartitionCommit {
  readonly partition: number;
  /** Next offset to read of each input topic. */
  readonly input: Readonly<Record<string, number>>;
  /** Emits, and changes of state for the changelog. */
  readonly out: readonly OutRecords[];
}

/** The offset after the last record that a commit wrote, by `topic/partition`. */
export type Ends = ReadonlyMap<string, number>;

type EndsByTopic = Record<string, Record<number, number>>;

interface Waiting {
  readonly commit: PartitionCommit;
  readonly resolve: (ends: Ends) => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitLaneParts {
  readonly group: string;
  /** Of a transactional id that no lane before it had. */
  readonly producer: TransactionalProducer;
  readonly names: TopicNames;
  /** A transaction waits so long at most for partitions whose batch is still being handled. */
  readonly gatherMs: number;
}

/** What one transaction holds of the partitions that wait, beyond the first. */
const maxTurnRecords = 20_000;
const closeWithinMs = 2000;
const never = new AbortController().signal;

/**
 * Commits what the partitions of one member have handled, as many of them in one transaction as are ready: a
 * transaction costs a broker some ten requests and log writes, whoever shares it.
 *
 * After the first failure nothing more is committed by it, since what became of that transaction is not known: every
 * partition opens anew, with another lane.
 */
export class CommitLane {
  readonly #parts: CommitLaneParts;
  readonly #changelog: string;
  readonly #commits: TopicPartition;
  readonly #ends: EndsByTopic = {};
  #waiting: Waiting[] = [];
  #inHand = 0;
  #allWait: (() => void) | undefined;
  #opened: Promise<void> | undefined;
  /** Transactions and settlings, one after the other. */
  #turns: Promise<void> | undefined;
  #isUnsettled = false;
  #failure: { readonly error: unknown } | undefined;
  #isRetired = false;

  constructor(parts: CommitLaneParts) {
    this.#parts = parts;
    this.#changelog = parts.names.changelog(parts.group);
    this.#commits = { topic: parts.names.commits, partition: 0 };
  }

  /** Its transactional id: who takes a partition over fences it. */
  get id(): string {
    return this.#parts.producer.transactionalId;
  }

  /** Partitions that open now should have another. */
  get isRetired(): boolean {
    return this.#isRetired || this.#failure !== undefined;
  }

  open(): Promise<void> {
    this.#opened ??= this.#parts.producer.init().catch((error: unknown) => {
      this.#fail(error);
      throw error;
    });
    return this.#opened;
  }

  /** How far emits went before this lane: its commits tell of them too. */
  inherit(ends: CommitEntry['ends']): void {
    for (const [topic, ofTopic] of Object.entries(ends))
      for (const [partition, end] of Object.entries(ofTopic))
        this.#noteEnd(topic, Number(partition), end);
  }

  /** A batch is being handled, and its commit will follow or not: until `leave`. */
  enter(): void {
    this.#inHand++;
  }

  leave(): void {
    this.#inHand--;
    this.#lookWhetherAllWait();
  }

  /** Resolves when it is decided that all of it is there. Rejects when that is not known, or it can't be any more. */
  commit(commit: PartitionCommit): Promise<Ends> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const decided = new Promise<Ends>((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject });
    });
    this.#turns ??= this.#takeTurns();
    this.#lookWhetherAllWait();
    return decided;
  }

  /**
   * Resolves when readers see the last commit, so that the next owner needn't wait for it. No new partition joins. With
   * a batch still in hand it leaves that to the partition of that batch, which retires it too: settling gives the id
   * back to us, also from who has fenced it, and so nothing may be committed afterwards.
   */
  async retire(): Promise<void> {
    this.#isRetired = true;
    while (this.#turns) await this.#turns;
    if (this.#inHand > 0 || !this.#isUnsettled || this.#failure) return;
    this.#fail(new Error(`${this.id} is retired; nothing is committed by it any more.`));
    this.#turns = this.#parts.producer
      .init(closeWithinMs)
      // The next owner waits for it then.
      .catch(() => undefined)
      .then(() => this.#takeTurns());
    await this.#turns;
  }

  async #takeTurns(): Promise<void> {
    await this.#gather();
    while (this.#waiting.length > 0) {
      const turn = this.#nextTurn();
      try {
        const ends = await this.#write(turn.map(({ commit }) => commit));
        // ACK: emits, state and positions are decided as one.
        for (const { resolve } of turn) resolve(ends);
      } catch (error) {
        this.#fail(error);
        for (const { reject } of turn) reject(error);
      }
    }
    this.#turns = undefined;
  }

  async #gather(): Promise<void> {
    if (this.#waiting.length === 0 || this.#waiting.length >= this.#inHand) return;
    const allWait = new Promise<void>((resolve) => {
      this.#allWait = resolve;
    });
    await Promise.race([allWait, pause(this.#parts.gatherMs, never)]);
    this.#allWait = undefined;
  }

  #lookWhetherAllWait(): void {
    if (this.#waiting.length >= this.#inHand) this.#allWait?.();
  }

  #nextTurn(): Waiting[] {
    let records = 0;
    const count = this.#waiting.findIndex(({ commit }, index) => {
      for (const { records: some } of commit.out) records += some.length;
      return index > 0 && records > maxTurnRecords;
    });
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
  }

  async #write(commits: readonly PartitionCommit[]): Promise<Ends> {
    const { group, names, producer } = this.#parts;
    const out = joined(commits.flatMap((commit) => commit.out));
    this.#isUnsettled = true;
    await producer.begin([...out, this.#commits]);
    const ends = new Map<string, number>();
    for (const { topic, partition, nextOffset } of await producer.send(out)) {
      ends.set(placeOf({ topic, partition }), nextOffset);
      if (topic !== this.#changelog) this.#noteEnd(names.ours(topic), partition, nextOffset);
    }
    // Each tells of the whole transaction: a reader of whole commits takes all of it or nothing.
    const records = commits.map(({ partition, input }) => this.#entry(group, partition, input));
    await producer.send([{ ...this.#commits, records }]);
    await producer.commit();
    return ends;
  }

  #entry(group: string, partition: number, input: PartitionCommit['input']): OutRecord {
    const { producerId } = this.#parts.producer;
    return commitRecord(
      { group, partition },
      { input, ends: this.#ends, producerId, lane: this.id },
    );
  }

  #noteEnd(topic: string, partition: number, end: number): void {
    const ofTopic = this.#ends[topic] ?? {};
    ofTopic[partition] = Math.max(end, ofTopic[partition] ?? 0);
    this.#ends[topic] = ofTopic;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** A record of the topic `commits`. */
export function commitRecord(
  { group, partition }: { readonly group: string; readonly partition: number },
  entry: CommitEntry,
): OutRecord {
  const value = Buffer.from(JSON.stringify(entry));
  return { key: `${group}/${partition}`, value, timestampMs: Date.now() };
}

/** One list of records for each place, in order. */
function joined(out: readonly OutRecords[]): OutRecords[] {
  const byPlace = new Map<string, TopicPartition & { records: OutRecord[] }>();
  for (const { topic, partition, records } of out) {
    const place = placeOf({ topic, partition });
    const there = byPlace.get(place);
    if (there) for (const record of records) there.records.push(record);
    else byPlace.set(place, { topic, partition, records: [...records] });
  }
  return [...byPlace.values()];
}
