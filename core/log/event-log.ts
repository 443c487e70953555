/**
 * The log's contract. Two drivers keep it: `sqlite/` (embedded) and `kafka/`. Other code never
 * knows which it has; `test/contract/log/` is the suite that both pass unchanged.
 * How it maps to Kafka: docs/decisions/0001-the-log-contract.md.
 */

/** A record to be written. The partition follows from the key (murmur2, as other Kafka clients do). */
export interface NewRecord {
  readonly topic: string;
  readonly key: string;
  /** Avro in Confluent wire format; null is a tombstone (compacted topics). */
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970; retention by time goes by it. */
  readonly timestampMs: number;
}

/** A record as the log holds it. */
export interface LogRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
  readonly timestampMs: number;
}

/** Consecutive records of one partition. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where to go on after this batch. Offsets rise but may have gaps (compaction, Kafka's markers). */
  readonly nextOffset: number;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** `delete`: whole old batches go by time and size. `compact`: the newest record of each key stays for ever. */
  readonly cleanup: 'delete' | 'compact';
  /** Null: for ever. */
  readonly retentionMs: number | null;
  /** Of each partition, as Kafka counts it. Null: no limit. */
  readonly retentionBytes: number | null;
}

/** Next offset to read, by `topic` and partition. A partition that is missing starts at its earliest record. */
export type Offsets = Readonly<Record<string, Readonly<Record<number, number>>>>;

export interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  /** The earliest offset that is still there. */
  readonly startOffset: number;
  /** One past the last committed record. */
  readonly endOffset: number;
}

/** State of one step on one partition, as a handler sees it. Puts are committed with the batch or not at all. */
export interface StepState {
  /** Brings these keys into memory; `get` may be asked for loaded keys only. One round trip for all. */
  load(keys: readonly string[]): Promise<void>;
  /** Undefined when there is no entry. Throws when the key was not loaded in this batch. */
  get(key: string): Buffer | undefined;
  /**
   * `null` deletes. An entry may be forgotten at some time after `expiresAtMs` (wall clock).
   * A put is seen by later gets of the same batch.
   */
  put(key: string, value: Uint8Array | null, expiresAtMs?: number): void;
}

export interface ProcessContext {
  /** Entries of other versions of the step are not seen (and are swept away). */
  state(step: string, version: number): StepState;
}

/**
 * Called with one batch of one partition at a time (partitions may run side by side, in any order).
 * What it returns, the state it put and the consumed offsets commit as one.
 * When it throws nothing is committed and the same records come again, after a pause.
 */
export type ProcessHandler = (
  batch: RecordBatch,
  context: ProcessContext,
) => Promise<readonly NewRecord[]>;

/** At least once: the offset moves on when the promise resolves. When it rejects the same records come again. */
export type ConsumeHandler = (batch: RecordBatch) => Promise<void>;

export interface Consumption {
  /** Takes no new batch, waits for the one in hand to commit, and leaves the group. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly group: string;
  /** All with the same number of partitions, else `process` rejects. */
  readonly topics: readonly string[];
  readonly handle: ProcessHandler;
  /** Upper bounds of a batch; at least one record always comes. */
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  /**
   * New records may wait so long for others before they are handed over, so that fewer fetches and commits carry them.
   * A driver may be quicker.
   */
  readonly lingerMs?: number;
  /** Called with what `handle` threw (or a commit that failed), before the retry. */
  readonly onError?: (error: unknown) => void;
}

export interface ConsumeOptions extends Omit<ProcessOptions, 'handle'> {
  readonly handle: ConsumeHandler;
  /**
   * Where the reader's own database says that it stands; asked for each partition when it is assigned.
   * Without it the group's committed offsets count (then earliest). What retention has passed starts at the earliest;
   * what is beyond the end is told to `onError` (`DATA_DAMAGED`) and asked for again.
   */
  readonly from?: (topic: string, partition: number) => Promise<number | undefined>;
}

export type TailFrom =
  | 'earliest'
  | 'latest'
  | { readonly timeMs: number }
  | { readonly offsets: Offsets };

/**
 * What became visible since the last step of a tail, over all its topics. Partitions may be cut at different times
 * unless the tail asks for whole commits (the embedded log always gives those).
 * When it is at the end `batches` of the next cut come as soon as something is committed.
 */
export interface Cut {
  readonly batches: readonly RecordBatch[];
  /** After these batches. Give them to `from` to resume without gap or repeat. */
  readonly offsets: Offsets;
  /** True when nothing newer was committed at the time of the cut. */
  readonly atEnd: boolean;
}

export interface TailOptions {
  readonly from: TailFrom;
  /**
   * Every cut holds all that a commit of `process` wrote to the tail's topics, or nothing of it. Costs more on Kafka,
   * where a tail that begins far behind has it so from its first cut `atEnd` on: all that came until then is whole.
   */
  readonly wholeCommits?: boolean;
  readonly signal?: AbortSignal;
}

/** A compacted topic held in memory, read whole before it is handed out, and followed. */
export interface LogTable {
  get(key: string): LogRecord | undefined;
  entries(): IterableIterator<[key: string, record: LogRecord]>;
  readonly size: number;
  /** Called after each change, with the keys that changed. Returns the way to end it. */
  onChange(listener: (keys: readonly string[]) => void): () => void;
  close(): void;
}

/** The reading half, which other processes have too while one writes. */
export interface LogReader {
  /** Tells this log from every other; part of live-feed cursors. */
  readonly id: string;
  /** The first cut comes at once, empty when there is nothing yet; `latest` is the end at the time of the call. */
  tail(topics: readonly string[], options: TailOptions): AsyncIterable<Cut>;
  table(topic: string): Promise<LogTable>;
  ranges(topics: readonly string[]): Promise<readonly PartitionRange[]>;
  /** The offsets that a group committed. */
  committed(group: string): Promise<Offsets>;
  /** Stops consumptions, tails and tables, waits for what is under way. Idempotent. */
  close(): Promise<void>;
}

export interface EventLog extends LogReader {
  /**
   * Makes topics that are missing; sets retention of those that are there. Records of any time are taken.
   * Rejects with `TOPIC_PARTITIONS_DIFFER` when one exists with another partition count.
   */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  /**
   * Resolves when every record is durable (embedded: synced to disk; Kafka: acks=all) and rejects with a
   * `MillraceError` (`LOG_UNAVAILABLE`, `LOG_FULL`, `RECORD_TOO_LARGE`, ...), when some may be there all the same.
   * Calls are batched inside and keep their order: an append that fails fails all that wait behind it.
   * At most `maxPendingBytes` wait in memory; past that the promise of a call waits before it takes its place.
   */
  append(records: readonly NewRecord[]): Promise<void>;
  /** One `process` of a group reads one set of topics; several calls share its partitions. */
  process(options: ProcessOptions): Promise<Consumption>;
  consume(options: ConsumeOptions): Promise<Consumption>;
}

/** The largest record, key and value together, that a log takes (Kafka's default `max.message.bytes`, less overhead). */
export const maxRecordBytes = 1_000_000;
