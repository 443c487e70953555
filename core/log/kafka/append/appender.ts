import type { KafkaSettings } from '../../../config/settings.ts';
import type { Events } from '../../../events.ts';
import { checkRecordSize } from '../../check-record-size.ts';
import type { NewRecord } from '../../event-log.ts';
import { partitionOf } from '../../murmur2.ts';
import { logClosed, toLogError } from '../kafka-errors.ts';
import { recordOverheadBytes } from '../wire/record-batch.ts';
import { AppendCall } from './append-call.ts';
import { AppendLane } from './append-lane.ts';
import { AppendProducer } from './append-producer.ts';
import { KeyBytes } from './key-bytes.ts';
import type { PartitionBatch } from './partition-batch.ts';

/** How many partitions a topic has; names without the prefix. */
export interface TopicPartitions {
  /** Undefined: not known here yet. */
  find(topic: string): number | undefined;
  /** Asks the brokers. Rejects with `TOPIC_UNKNOWN`. */
  load(topic: string): Promise<number>;
}

export interface AppenderOptions {
  readonly settings: KafkaSettings;
  readonly topics: TopicPartitions;
  readonly events?: Events | undefined;
  /** Of records that wait, encoded. */
  readonly maxPendingBytes?: number;
  /** Small requests begin so long after one another at least. */
  readonly lingerMs?: number;
  /** An append that no broker takes is rejected so long after its request began. */
  readonly deadlineMs?: number;
  /** An answer that takes longer counts as lost. */
  readonly answerMs?: number;
}

const defaults = {
  maxPendingBytes: 16 * 1024 * 1024,
  lingerMs: 1,
  deadlineMs: 10_000,
  answerMs: 4000,
};

/**
 * `EventLog.append` on Kafka: every record with `acks=all`, in the order of the calls in each partition. One producer
 * does it: a request goes to each leader, and several producers side by side were measured to be no quicker.
 */
export class Appender {
  readonly #topics: TopicPartitions;
  readonly #prefix: string;
  readonly #maxPendingBytes: number;
  readonly #lane: AppendLane;
  readonly #key = new KeyBytes();
  /** Calls that found the memory full or a topic not yet known, and those behind them, in order. */
  readonly #outside: AppendCall[] = [];
  #pendingBytes = 0;
  #isAdmitting = false;
  #isClosed = false;

  constructor(options: AppenderOptions) {
    const { settings, events } = options;
    const { maxPendingBytes, lingerMs, deadlineMs, answerMs } = { ...defaults, ...options };
    this.#topics = options.topics;
    this.#prefix = settings.topicPrefix;
    this.#maxPendingBytes = maxPendingBytes;
    this.#lane = new AppendLane({
      makeProducer: () => new AppendProducer({ settings, events, answerMs }),
      lingerMs,
      deadlineMs,
      onWritten: (batches) => this.#written(batches),
      onFailed: (batches, error) => this.#failed(batches, error),
    });
  }

  /** The promises of `EventLog.append`. */
  append(records: readonly NewRecord[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(logClosed());
    let bytes: number;
    try {
      bytes = bytesOf(records);
    } catch (error) {
      return Promise.reject(error);
    }
    if (records.length === 0) return Promise.resolve();
    const call = new AppendCall(records, bytes);
    if (this.#outside.length === 0 && this.#fits(call) && this.#knowsTopics(records))
      this.#take(call);
    else {
      this.#outside.push(call);
      void this.#admit();
    }
    return call.promise;
  }

  /** Sends what waits, then refuses everything. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#outside.length > 0) await this.#outside.at(-1)?.promise.catch(() => undefined);
    await this.#lane.close();
  }

  #fits({ bytes }: AppendCall): boolean {
    return this.#pendingBytes === 0 || this.#pendingBytes + bytes <= this.#maxPendingBytes;
  }

  #knowsTopics(records: readonly NewRecord[]): boolean {
    let last: string | undefined;
    for (const { topic } of records) {
      if (topic !== last && this.#topics.find(topic) === undefined) return false;
      last = topic;
    }
    return true;
  }

  /** Lets calls in, in their order, while they fit. One at a time. */
  async #admit(): Promise<void> {
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    for (let next = this.#outside[0]; next && this.#fits(next); next = this.#outside[0]) {
      try {
        for (const topic of new Set(next.records.map((record) => record.topic)))
          if (this.#topics.find(topic) === undefined) await this.#topics.load(topic);
        // It may have failed meanwhile with those that it waited behind.
        if (!next.isSettled) this.#take(next);
      } catch (error) {
        next.fail(toLogError(error, 'asking for the topics of an append'));
      }
      if (this.#outside[0] === next) this.#outside.shift();
    }
    // In the same turn as the last look: what comes later must find nobody at it.
    this.#isAdmitting = false;
  }

  #take(call: AppendCall): void {
    this.#pendingBytes += call.bytes;
    for (const record of call.records) this.#put(record, call);
    this.#lane.added(call.bytes);
  }

  #put({ topic, key, value, timestampMs }: NewRecord, call: AppendCall): void {
    const keyBytes = this.#key.of(key);
    const partitions = this.#topics.find(topic) as number;
    const partition = partitionOf(keyBytes, 0, keyBytes.length, partitions);
    const bytes = keyBytes.length + (value?.length ?? 0) + recordOverheadBytes;
    const batch = this.#lane.batchFor(this.#prefix + topic, partition, bytes);
    batch.add(keyBytes, value, timestampMs);
    if (batch.calls.at(-1) === call) return;
    batch.calls.push(call);
    call.unwritten++;
  }

  #written(batches: readonly PartitionBatch[]): void {
    for (const { calls } of batches) {
      for (const call of calls) {
        call.unwritten--;
        if (call.unwritten > 0 || call.isSettled) continue;
        this.#pendingBytes -= call.bytes;
        // ACK: every record of the call is with all in-sync replicas.
        call.succeed();
      }
    }
    if (this.#outside.length > 0) void this.#admit();
  }

  /** A request failed: all that waits fails with it, so that order is kept by who sends again. */
  #failed(batches: readonly PartitionBatch[], cause: unknown): void {
    const error = toLogError(cause, 'appending; some of it may be there, so send it again');
    const failed = new Set(batches.flatMap(({ calls }) => calls));
    for (const call of this.#lane.takeWaitingCalls()) failed.add(call);
    for (const call of failed) {
      if (call.isSettled) continue;
      this.#pendingBytes -= call.bytes;
      call.fail(error);
    }
    for (const call of this.#outside.splice(0)) call.fail(error);
  }
}

/** Bytes that the records take, about. Throws `RECORD_TOO_LARGE`. */
function bytesOf(records: readonly NewRecord[]): number {
  let total = 0;
  for (const record of records) {
    checkRecordSize(record);
    total += record.key.length + (record.value?.length ?? 0) + recordOverheadBytes;
  }
  return total;
}
