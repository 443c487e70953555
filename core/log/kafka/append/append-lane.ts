import type { AppendCall } from './append-call.ts';
import type { AppendProducer } from './append-producer.ts';
import { PartitionBatch } from './partition-batch.ts';

/** A request of so many bytes doesn't wait for others to join it. */
const wholeRequestBytes = 32 * 1024;
/** Kafka takes 100 MB (`socket.request.max.bytes`); more than this at once only makes the first wait for the last. */
const maxRequestBytes = 4 * 1024 * 1024;

export interface LaneOptions {
  readonly makeProducer: () => AppendProducer;
  /** Small requests begin so long after one another at least. */
  readonly lingerMs: number;
  /** Of one request, retries included. */
  readonly deadlineMs: number;
  readonly onWritten: (batches: readonly PartitionBatch[]) => void;
  readonly onFailed: (batches: readonly PartitionBatch[], error: unknown) => void;
}

/** What waits for one producer. While a request is under way what comes waits, and goes with the next. */
export class AppendLane {
  readonly #options: LaneOptions;
  /** By topic and partition, in order. The last batch of a partition is open to more records. */
  readonly #waiting = new Map<string, (PartitionBatch[] | undefined)[]>();
  #waitingBytes = 0;
  #producer: AppendProducer | undefined;
  #sending: Promise<void> | undefined;
  #scheduled: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #lastSendAtMs = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** The batch that takes the next record of this partition; `topic` with the prefix. */
  batchFor(topic: string, partition: number, recordBytes: number): PartitionBatch {
    const partitions = this.#waiting.get(topic) ?? [];
    if (partitions.length === 0) this.#waiting.set(topic, partitions);
    const batches = partitions[partition] ?? [];
    if (batches.length === 0) partitions[partition] = batches;
    const last = batches.at(-1);
    if (last?.takes(recordBytes)) return last;
    const batch = new PartitionBatch(topic, partition);
    batches.push(batch);
    return batch;
  }

  /** After records were added. */
  added(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#schedule();
  }

  /** Forgets what waits, and tells whose it was. A request under way goes on. */
  takeWaitingCalls(): Set<AppendCall> {
    const calls = new Set<AppendCall>();
    for (const partitions of this.#waiting.values())
      for (const batches of partitions)
        for (const batch of batches ?? []) for (const call of batch.calls) calls.add(call);
    this.#waiting.clear();
    this.#waitingBytes = 0;
    this.#unschedule();
    return calls;
  }

  /** Sends what waits, at once, and lets go of the producer. */
  async close(): Promise<void> {
    while (this.#sending || this.#waiting.size > 0) {
      if (!this.#sending) this.#dispatch();
      await this.#sending;
    }
    this.#unschedule();
    await this.#producer?.close();
    this.#producer = undefined;
  }

  #schedule(): void {
    if (this.#sending || this.#scheduled || this.#waiting.size === 0) return;
    const sinceMs = performance.now() - this.#lastSendAtMs;
    const waitMs = this.#options.lingerMs - sinceMs;
    const dispatch = () => this.#dispatch();
    // An immediate still lets what this turn of the event loop brings join.
    this.#scheduled =
      waitMs <= 0 || this.#waitingBytes > wholeRequestBytes
        ? setImmediate(dispatch)
        : setTimeout(dispatch, waitMs);
  }

  #unschedule(): void {
    clearTimeout(this.#scheduled as NodeJS.Timeout);
    clearImmediate(this.#scheduled as NodeJS.Immediate);
    this.#scheduled = undefined;
  }

  #dispatch(): void {
    this.#unschedule();
    if (this.#sending || this.#waiting.size === 0) return;
    const batches = this.#takeRequest();
    this.#lastSendAtMs = performance.now();
    this.#sending = this.#send(batches).then(
      () => this.#written(batches),
      (error) => this.#failed(batches, error),
    );
  }

  /** The first batch of each partition, while they fit. */
  #takeRequest(): PartitionBatch[] {
    const taken: PartitionBatch[] = [];
    let bytes = 0;
    for (const [topic, partitions] of this.#waiting) {
      let left = 0;
      for (const batches of partitions) {
        const [first] = batches ?? [];
        if (batches && first && (bytes === 0 || bytes + first.used <= maxRequestBytes)) {
          taken.push(first);
          bytes += first.used;
          batches.shift();
        }
        left += batches?.length ?? 0;
      }
      if (left === 0) this.#waiting.delete(topic);
    }
    this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes);
    return taken;
  }

  async #send(batches: readonly PartitionBatch[]): Promise<void> {
    const { makeProducer, deadlineMs } = this.#options;
    this.#producer ??= makeProducer();
    await this.#producer.send(batches, deadlineMs);
  }

  #written(batches: readonly PartitionBatch[]): void {
    this.#sending = undefined;
    this.#options.onWritten(batches);
    this.#schedule();
  }

  #failed(batches: readonly PartitionBatch[], error: unknown): void {
    this.#sending = undefined;
    // What it was to send next is not known any more.
    this.#producer?.drop();
    this.#producer = undefined;
    this.#options.onFailed(batches, error);
    this.#schedule();
  }
}
