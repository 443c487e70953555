import type { LogRecord, RecordBatch } from '../../event-log.ts';
import type { OnPassed } from '../../records-passed.ts';
import { Feed, recordsFrom } from '../read/feed.ts';
import type { TopicPartition } from '../read/with-leaders.ts';

export interface BatchBounds {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Fetched ahead of a group's reader of a partition. */
const aheadBytes = 2 * 1024 * 1024;

/** Reads one partition forward through a feed of its own. */
export class FeedReader {
  readonly feed: Feed;
  readonly #topic: string;
  #position: number;
  #jumps = 0;

  readonly #onPassed: OnPassed;

  /** `topic` is the name without the prefix. */
  constructor(
    topic: string,
    place: TopicPartition,
    { fromOffset, onPassed }: { readonly fromOffset: number; readonly onPassed: OnPassed },
  ) {
    this.#topic = topic;
    this.#position = fromOffset;
    this.#onPassed = onPassed;
    this.feed = new Feed({ ...place, fromOffset, maxBytes: aheadBytes, whenFull: 'wait' });
  }

  get hasMore(): boolean {
    return this.#position !== this.feed.position || this.#jumps !== this.feed.jumps;
  }

  /** The next committed records, as many as are there and the bounds allow. */
  next({ maxRecords, maxBytes }: BatchBounds): RecordBatch | undefined {
    if (this.#jumps !== this.feed.jumps) this.#jump();
    const records: LogRecord[] = [];
    let nextOffset: number | undefined;
    let bytes = 0;
    for (const batch of this.feed.from(this.#position)) {
      for (const record of recordsFrom(batch, this.#position)) {
        bytes += record.key.length + (record.value?.length ?? 0);
        const isFull = records.length === maxRecords || (bytes > maxBytes && records.length > 0);
        if (isFull) {
          nextOffset = record.offset;
          break;
        }
        records.push(record);
      }
      if (nextOffset !== undefined) break;
    }
    nextOffset ??= this.feed.position;
    this.#position = nextOffset;
    this.feed.letGo(nextOffset);
    if (records.length === 0) return undefined;
    return { topic: this.#topic, partition: this.feed.partition, records, nextOffset };
  }

  /** Retention has passed us by, or the topic was made anew; who has read nothing yet doesn't miss it. */
  #jump(): void {
    const { jumps, partition, start } = this.feed;
    const fromOffset = this.#position;
    this.#jumps = jumps;
    this.#position = start;
    if (fromOffset > 0 && fromOffset < start)
      this.#onPassed({ topic: this.#topic, partition, fromOffset, toOffset: start });
  }
}
