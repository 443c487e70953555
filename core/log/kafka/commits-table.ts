import { pause } from '../../pause.ts';
import type { Offsets } from '../event-log.ts';
import { fetchNow } from './read/fetch-now.ts';
import { listOffsets } from './read/list-offsets.ts';
import { placeOf } from './read/with-leaders.ts';
import type { KafkaCluster } from './wire/kafka-cluster.ts';

/** What a commit of one partition of a group of `process` tells of itself. Topics are without the prefix. */
export interface CommitEntry {
  /** Next offset to read of each input topic. */
  readonly input: Readonly<Record<string, number>>;
  /** Next offset after the newest emits of its lane, by topic and partition; of all its commits together. */
  readonly ends: Offsets;
  readonly producerId: number;
  /** The transactional id that the partition's owner commits by. Absent in those of copy-log. */
  readonly lane?: string;
}

export interface Commit extends CommitEntry {
  readonly group: string;
  readonly partition: number;
}

/** Entries of the topic beside those of commits: the first of all is the log's id. */
export const logIdKey = 'log-id';

const pollMs = 5;
const never = new AbortController().signal;

/**
 * The topic `commits`: a record for each partition in each transaction of `process`, key `group/partition`; compacted. It is read when
 * somebody asks, from where the last asking ended. Input positions live here and not in the group's offsets, which
 * kafkajs could neither fence nor hide while a transaction is open (docs/decisions/0001).
 */
export class CommitsTable {
  readonly #cluster: KafkaCluster;
  readonly #topic: string;
  readonly #commits = new Map<string, Commit>();
  readonly #listeners = new Set<(commit: Commit) => void>();
  #position = 0;
  #firstId: string | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(cluster: KafkaCluster, topic: string) {
    this.#cluster = cluster;
    this.#topic = topic;
  }

  /** Undefined: nobody has written one yet. Several may have at once; the first counts for all. */
  get logId(): string | undefined {
    return this.#firstId;
  }

  get(group: string, partition: number): Commit | undefined {
    return this.#commits.get(`${group}/${partition}`);
  }

  of(group: string): Commit[] {
    return [...this.#commits.values()].filter((commit) => commit.group === group);
  }

  all(): IterableIterator<Commit> {
    return this.#commits.values();
  }

  /** Called with each commit as it is read. Returns the way to end it. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves when everything is read that was written before the call and is decided by then or within `withinMs`:
   * an open transaction of a process that was killed holds up what comes after it until it times out. False: not all.
   */
  async readToEnd(withinMs = 2000): Promise<boolean> {
    return this.readTo(await this.writtenEnd(), withinMs);
  }

  /** The end of what is written, whether it is decided or not. */
  async writtenEnd(): Promise<number> {
    const place = { topic: this.#topic, partition: 0 };
    const ends = await listOffsets(this.#cluster, [place], 'written');
    return ends.get(placeOf(place)) ?? 0;
  }

  /** As `readToEnd`, up to an end that was asked for earlier. */
  async readTo(end: number, withinMs: number): Promise<boolean> {
    const giveUpAtMs = performance.now() + withinMs;
    while (this.#position < end) {
      const before = this.#position;
      const reading = this.#reading.then(() => this.#readOn(end));
      this.#reading = reading.catch(() => undefined);
      await reading;
      if (this.#position > before) continue;
      if (performance.now() > giveUpAtMs) return false;
      await pause(pollMs, never);
    }
    return true;
  }

  async #readOn(end: number): Promise<void> {
    if (this.#position >= end) return;
    const from = { topic: this.#topic, partition: 0, offset: this.#position };
    for (const { batches, nextOffset } of await fetchNow(this.#cluster, [from])) {
      for (const { records } of batches)
        for (const { key, value } of records) this.#take(key, value);
      this.#position = Math.max(this.#position, nextOffset);
    }
  }

  #take(key: string, value: Buffer | null): void {
    if (value === null) return;
    if (key.startsWith(`${logIdKey}/`)) {
      this.#firstId ??= value.toString();
      return;
    }
    const slash = key.lastIndexOf('/');
    const entry = JSON.parse(value.toString()) as CommitEntry;
    const commit = {
      ...entry,
      group: key.slice(0, slash),
      partition: Number(key.slice(slash + 1)),
    };
    this.#commits.set(key, commit);
    for (const listener of [...this.#listeners]) listener(commit);
  }
}
