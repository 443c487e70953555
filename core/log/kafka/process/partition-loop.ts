import { Backoff } from '../../../backoff.ts';
import { pause } from '../../../pause.ts';
import type { RecordBatch } from '../../event-log.ts';
import { waitForGrowth } from '../../wait-for-growth.ts';
import type { Poller } from '../read/poller.ts';
import type { BatchBounds, FeedReader } from './feed-reader.ts';

const retryMs = { firstMs: 50, maxMs: 5000 };

/** Whether a batch was committed is not known, or it can't be any more: the partition must be opened anew. */
export class PartitionLostError extends Error {}

export interface LoopOptions {
  readonly poller: Poller;
  readonly bounds: BatchBounds;
  /** Where to start; asked again when it rejects, and after a `PartitionLostError`. */
  readonly open: () => Promise<readonly FeedReader[]>;
  /** Does the work and commits it. When it rejects with anything else the same batch comes again. */
  readonly deliver: (batch: RecordBatch) => Promise<void>;
  /** Called once, when nothing more will be delivered. */
  readonly close: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Takes one partition (of one topic or of several that match) forward, batch after batch. It never rests while there is
 * something: the poller's pace is that of all partitions of a member, and so their batches share transactions.
 */
export class PartitionLoop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(retryMs);
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
    const { poller } = this.#options;
    while (!this.#stopping.signal.aborted) {
      let readers: readonly FeedReader[] = [];
      try {
        readers = await this.#options.open();
        for (const { feed } of readers) poller.add(feed);
        await this.#forward(readers);
      } catch (error) {
        this.#options.onError(error instanceof PartitionLostError ? error.cause : error);
        await pause(this.#backoff.nextMs(), this.#stopping.signal);
      } finally {
        for (const { feed } of readers) poller.remove(feed);
      }
    }
    await this.#options.close().catch(this.#options.onError);
  }

  async #forward(readers: readonly FeedReader[]): Promise<void> {
    const { signal } = this.#stopping;
    const feeds = readers.map(({ feed }) => feed);
    const hasMore = () => readers.some((reader) => reader.hasMore);
    while (!signal.aborted) {
      await waitForGrowth(feeds, hasMore, signal);
      for (const reader of readers) {
        if (signal.aborted) return;
        const batch = reader.next(this.#options.bounds);
        if (batch) await this.#deliver(batch);
      }
    }
  }

  async #deliver(batch: RecordBatch): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#options.deliver(batch);
        this.#backoff.reset();
        return;
      } catch (error) {
        if (error instanceof PartitionLostError) throw error;
        this.#options.onError(error);
        await pause(this.#backoff.nextMs(), signal);
      }
    }
  }
}
