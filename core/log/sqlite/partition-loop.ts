import { Backoff } from '../../backoff.ts';
import { pause } from '../../pause.ts';
import type { RecordBatch } from '../event-log.ts';
import { waitForGrowth } from '../wait-for-growth.ts';
import type { BatchBounds, PartitionReader } from './partition-reader.ts';

const retryMs = { firstMs: 50, maxMs: 5000 };

export interface LoopOptions {
  readonly bounds: BatchBounds;
  /**
   * Batches that are not full begin on multiples of this, the same for every partition: what comes meanwhile shares a
   * batch, and the batches of all partitions share a commit.
   */
  readonly minBatchIntervalMs: number;
  /** Where to start; asked again when it rejects. */
  readonly open: () => Promise<readonly PartitionReader[]>;
  /** Does the work and commits it. When it rejects the same batch comes again. */
  readonly deliver: (batch: RecordBatch) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Takes one partition (of one topic or of several that match) forward, batch after batch. */
export class PartitionLoop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when the batch in hand is committed or, between two attempts, given up. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let readers: readonly PartitionReader[] = [];
    await this.#retry(async () => {
      readers = await this.#options.open();
    });
    while (!signal.aborted) {
      const { delivered, isFull } = await this.#round(readers);
      if (!delivered) {
        const hasMore = () => readers.some((reader) => reader.hasMore);
        await waitForGrowth(
          readers.map(({ partition }) => partition),
          hasMore,
          signal,
        );
      }
      if (!isFull) await this.#nextTurn();
    }
  }

  async #nextTurn(): Promise<void> {
    const { minBatchIntervalMs } = this.#options;
    if (minBatchIntervalMs <= 0) return;
    await pause(
      minBatchIntervalMs - (performance.now() % minBatchIntervalMs),
      this.#stopping.signal,
    );
  }

  /** One batch of each topic that has one. */
  async #round(
    readers: readonly PartitionReader[],
  ): Promise<{ delivered: boolean; isFull: boolean }> {
    let delivered = false;
    let isFull = false;
    for (const reader of readers) {
      if (this.#stopping.signal.aborted) break;
      let batch: RecordBatch | undefined;
      await this.#retry(async () => {
        batch = await reader.next(this.#options.bounds);
      });
      const next = batch;
      if (next === undefined || this.#stopping.signal.aborted) continue;
      // Before it is delivered: what comes meanwhile waits for its turn.
      isFull ||= reader.hasMore;
      await this.#retry(() => this.#options.deliver(next));
      delivered = true;
    }
    return { delivered, isFull };
  }

  async #retry(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(retryMs);
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        this.#options.onError(error);
        await pause(backoff.nextMs(), signal);
      }
    }
  }
}
