import { MillraceError } from '../errors.ts';
import type { EventLog, TopicSpec } from '../log/event-log.ts';
import type { CopyTarget, CopyWrite } from '../log/kafka/copy/copy-target.ts';
import {
  type CopyDone,
  type CopySource,
  copyTopic,
  doneKey,
  noProgress,
  type PartitionProgress,
  type StateProgress,
  sourceKey,
} from './copy-progress.ts';

export const copyTopicSpec: TopicSpec = {
  name: copyTopic,
  partitions: 1,
  cleanup: 'compact',
  retentionMs: null,
  retentionBytes: null,
};

type Entry = PartitionProgress | StateProgress | CopySource | CopyDone;

/** How far the copy is, as the target's own topic `copy-log` says: written in the transactions of what it tells. */
export class CopyBook {
  readonly #logId: string;
  readonly #target: CopyTarget;
  readonly #entries: Map<string, Entry>;

  private constructor(logId: string, target: CopyTarget, entries: Map<string, Entry>) {
    this.#logId = logId;
    this.#target = target;
    this.#entries = entries;
  }

  /**
   * Reads it; the topic must be there. `logId`: of the embedded log. After the target was opened, which ends what a
   * killed copy left open. Rejects with `INPUT_INVALID` when the copy there is of another log.
   */
  static async read(log: EventLog, target: CopyTarget, logId: string): Promise<CopyBook> {
    const table = await log.table(copyTopic);
    const entries = new Map<string, Entry>();
    for (const [key, { value }] of table.entries())
      if (value !== null) entries.set(key, JSON.parse(value.toString('utf8')) as Entry);
    table.close();
    for (const { logId: other } of entries.values()) {
      if (other === logId) continue;
      throw new MillraceError(
        'INPUT_INVALID',
        'The topics at the target should be empty or hold a part of this copy; they hold a copy of another embedded log. ' +
          'Give the copy a prefix of its own (MILLRACE_KAFKA_TOPIC_PREFIX), or name the data folder that was begun with (--data-dir).',
      );
    }
    return new CopyBook(logId, target, entries);
  }

  static none(logId: string, target: CopyTarget): CopyBook {
    return new CopyBook(logId, target, new Map());
  }

  get done(): CopyDone | undefined {
    return this.#entries.get(doneKey) as CopyDone | undefined;
  }

  /** Undefined: the copy has not been begun. */
  get source(): CopySource | undefined {
    return this.#entries.get(sourceKey) as CopySource | undefined;
  }

  partition(topic: string, partition: number, startOffset: number): PartitionProgress {
    const entry = this.#entries.get(`${topic}/${partition}`) as PartitionProgress | undefined;
    return entry ?? noProgress(this.#logId, startOffset);
  }

  /** Undefined: nothing of it is copied. */
  state(key: string): StateProgress | undefined {
    return this.#entries.get(key) as StateProgress | undefined;
  }

  /** Where its records go. */
  get place() {
    return { topic: this.#target.names.onCluster(copyTopic), partition: 0 };
  }

  /** The record that says so, for the transaction. */
  write(key: string, entry: Entry, nowMs: number): CopyWrite {
    const value = Buffer.from(JSON.stringify(entry));
    return { ...this.place, records: [{ key, value, timestampMs: nowMs }] };
  }

  /** After the transaction. */
  note(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }
}
