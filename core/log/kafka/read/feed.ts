import type { LogRecord } from '../../event-log.ts';
import type { StableBatch } from '../wire/decode-records.ts';
import type { FetchedPartition } from '../wire/fetch.ts';
import type { TopicPartition } from './with-leaders.ts';

/** What a decoded record weighs beside its bytes, roughly. */
const recordOverheadBytes = 250;

export interface FeedOptions extends TopicPartition {
  readonly fromOffset: number;
  readonly maxBytes: number;
  /** When it is full: wait until its one reader has taken some, or let go of the oldest (readers then read themselves). */
  readonly whenFull: 'wait' | 'drop';
}

/** The committed records of one partition from some offset on as far as they were fetched, bounded in bytes. */
export class Feed {
  readonly topic: string;
  readonly partition: number;
  readonly #options: FeedOptions;
  #batches: StableBatch[] = [];
  #bytes = 0;
  /** From here on to `position` it holds everything. */
  #start: number;
  #position: number;
  #stableOffset = 0;
  #gaveNothing = false;
  /** How often it was sought elsewhere: its reader goes along. */
  jumps = 0;
  readonly #listeners = new Set<() => void>();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.topic = options.topic;
    this.partition = options.partition;
    this.#start = options.fromOffset;
    this.#position = options.fromOffset;
  }

  /** What is to be fetched next. */
  get position(): number {
    return this.#position;
  }

  /** As far as there is something to read, fetched or not. */
  get endOffset(): number {
    return Math.max(this.#position, this.#stableOffset);
  }

  /**
   * There is more, and the last answer brought some. Where compaction has left nothing before an open transaction,
   * brokers answer at once with nothing, for as long as that is open.
   */
  get isBehind(): boolean {
    return this.#position < this.#stableOffset && !this.#gaveNothing;
  }

  get wantsMore(): boolean {
    return this.#options.whenFull === 'drop' || this.#bytes < this.#options.maxBytes;
  }

  /** `from` gives everything from here on to `position`. */
  get start(): number {
    return this.#start;
  }

  /** True when `from` gives everything from this offset on. */
  has(offset: number): boolean {
    return offset >= this.#start && offset < this.#position;
  }

  /** Batches that end after the offset. */
  *from(offset: number): Generator<StableBatch, void, undefined> {
    for (const batch of this.#batches) if (batch.nextOffset > offset) yield batch;
  }

  /** Reader and feed go on there; what was fetched is forgotten. */
  seek(offset: number): void {
    this.#batches = [];
    this.#bytes = 0;
    this.#start = offset;
    this.#position = offset;
    this.jumps++;
    this.#notify();
  }

  /** Its one reader needs nothing before this any more. */
  letGo(offset: number): void {
    let passed = 0;
    for (const batch of this.#batches) {
      if (batch.nextOffset > offset) break;
      this.#bytes -= costOf(batch);
      passed++;
    }
    if (passed > 0) this.#batches.splice(0, passed);
    this.#start = Math.max(this.#start, Math.min(offset, this.#position));
  }

  take({ batches, nextOffset, stableOffset }: FetchedPartition): void {
    this.#stableOffset = stableOffset;
    this.#gaveNothing = nextOffset === this.#position;
    if (this.#gaveNothing) return;
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#bytes += costOf(batch);
    }
    this.#position = nextOffset;
    if (this.#options.whenFull === 'drop') this.#dropOldest();
    this.#notify();
  }

  /** Called after each growth. Returns the way to end it. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #dropOldest(): void {
    let dropped = 0;
    for (const batch of this.#batches) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#bytes -= costOf(batch);
      this.#start = batch.nextOffset;
      dropped++;
    }
    if (dropped > 0) this.#batches.splice(0, dropped);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function costOf({ byteLength, records }: StableBatch): number {
  return byteLength + records.length * recordOverheadBytes;
}

/** Those of a batch that a reader at this offset has not had. */
export function recordsFrom({ records }: StableBatch, offset: number): readonly LogRecord[] {
  if ((records[0]?.offset ?? offset) >= offset) return records;
  return records.filter((record) => record.offset >= offset);
}
