import { MillraceError } from '../../errors.ts';
import type { PartitionRange, TopicSpec } from '../event-log.ts';
import type { CatalogRows, PartitionRow } from './protocol.ts';
import { RecentBlobs } from './recent-blobs.ts';

/** One partition as the main thread knows it. */
export class Partition {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly recent = new RecentBlobs();
  startOffset: number;
  /** One past the last committed record. */
  endOffset: number;
  /** One past the last record that is on its way to the worker. */
  assignedOffset: number;
  readonly #listeners = new Set<() => void>();

  constructor(topic: string, row: PartitionRow) {
    this.id = row.id;
    this.topic = topic;
    this.partition = row.partition;
    this.startOffset = row.startOffset;
    this.endOffset = row.endOffset;
    this.assignedOffset = row.endOffset;
  }

  range(): PartitionRange {
    const { topic, partition, startOffset, endOffset } = this;
    return { topic, partition, startOffset, endOffset };
  }

  /** Called after the end has moved. Returns the way to end it. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface Topic {
  readonly spec: TopicSpec;
  readonly partitions: readonly Partition[];
}

/** Topics, partitions and their ends. They move within one turn of the event loop, so a reader sees whole commits. */
export class Catalog {
  readonly #topics = new Map<string, Topic>();
  readonly #partitions = new Map<number, Partition>();
  /** The newest commit that is on the disk. */
  commit = 0;

  /** Takes over what the worker read. Ends never go back: a newer commit may be known already. */
  update(rows: CatalogRows): void {
    const grown: Partition[] = [];
    this.commit = Math.max(this.commit, rows.commit);
    for (const { spec, partitions } of rows.topics) {
      const held = partitions.map((row) => {
        const partition = this.#partitions.get(row.id) ?? new Partition(spec.name, row);
        this.#partitions.set(row.id, partition);
        partition.startOffset = Math.max(partition.startOffset, row.startOffset);
        if (row.endOffset > partition.endOffset) {
          partition.endOffset = row.endOffset;
          partition.assignedOffset = Math.max(partition.assignedOffset, row.endOffset);
          grown.push(partition);
        }
        return partition;
      });
      this.#topics.set(spec.name, { spec, partitions: held });
    }
    for (const partition of grown) partition.announce();
  }

  partition(id: number): Partition | undefined {
    return this.#partitions.get(id);
  }

  all(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  find(topic: string): Topic | undefined {
    return this.#topics.get(topic);
  }

  /** Throws `TOPIC_UNKNOWN`. */
  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic) return topic;
    const there = [...this.#topics.keys()].join(', ') || 'none';
    throw new MillraceError(
      'TOPIC_UNKNOWN',
      `The log has no topic ${name}; it has ${there}. Topics are created at the start of Millrace, never by a write.`,
    );
  }

  partitionsOf(topics: readonly string[]): Partition[] {
    return topics.flatMap((name) => this.topic(name).partitions);
  }
}
