import type { Events } from '../../events.ts';
import type { Catalog } from './catalog.ts';
import type { WorkerClient } from './worker-client.ts';
import type { WriteQueue } from './write-queue.ts';

export interface UpkeepParts {
  readonly client: WorkerClient;
  readonly catalog: Catalog;
  readonly queue: WriteQueue;
  readonly events: Events | undefined;
}

/** Has the worker do its housework, a piece at a time between writes, and keeps an eye on the disk's room. */
export class UpkeepTimer {
  readonly #parts: UpkeepParts;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;
  #isStopped = false;
  #saidFull = false;

  constructor(parts: UpkeepParts, intervalMs: number) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#run(), intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      let more = true;
      while (more && !this.#isStopped) more = await this.#piece();
    } catch (error) {
      if (!this.#isStopped) {
        const message = 'The log could not be tidied; it is tried again';
        this.#parts.events?.warn('log.upkeep-failed', { message, error });
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #piece(): Promise<boolean> {
    const { client, catalog, queue } = this.#parts;
    this.#tellRoom();
    const done = await client.request('maintain', { nowMs: Date.now() });
    queue.setRoom(done);
    for (const [id, start] of done.starts) {
      const partition = catalog.partition(id);
      if (partition) partition.startOffset = start;
    }
    this.#tellRoom();
    return done.more;
  }

  #tellRoom(): void {
    const { events, queue } = this.#parts;
    if (queue.isNearlyFull === this.#saidFull) return;
    this.#saidFull = queue.isNearlyFull;
    if (this.#saidFull) {
      const message = 'The disk is full or nearly: appends are refused until there is room';
      events?.error('log.nearly-full', { message });
    } else events?.info('log.room-again', { message: 'The disk has room again' });
  }
}
