import type { EventLog } from '../../../core/log/event-log.ts';
import { pause } from '../../../core/pause.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import type { StoreReader } from '../../../stores/store.ts';
import { backlogOf, maxBacklogRecords } from './live-snapshot.ts';
import { fromOffsets } from './positions.ts';

/** Lets feeds wait for a store that was away, or far behind, to be able to give a whole snapshot. One asks for all. */
export class StoreReturn {
  readonly #store: Pick<StoreReader, 'account'>;
  readonly #log: Pick<EventLog, 'ranges'>;
  readonly #everyMs: number;
  readonly #waiting = new Set<() => void>();
  readonly #ending = new AbortController();
  #asking = false;

  constructor(
    store: Pick<StoreReader, 'account'>,
    log: Pick<EventLog, 'ranges'>,
    { everyMs = 2000 }: { readonly everyMs?: number } = {},
  ) {
    this.#store = store;
    this.#log = log;
    this.#everyMs = everyMs;
  }

  /** Calls `listener` once, when the store can. Returns the way to end the wait. */
  whenBack(listener: () => void): () => void {
    this.#waiting.add(listener);
    void this.#ask();
    return () => this.#waiting.delete(listener);
  }

  close(): void {
    this.#ending.abort();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (;;) {
      await pause(this.#everyMs, this.#ending.signal);
      if (this.#waiting.size === 0 || this.#ending.signal.aborted) break;
      if (!(await this.#isBack())) continue;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const listener of waiting) listener();
    }
    this.#asking = false;
  }

  async #isBack(): Promise<boolean> {
    try {
      const [{ offsets }, ranges] = await Promise.all([
        this.#store.account(),
        this.#log.ranges([enrichedTopic]),
      ]);
      const ordered = ranges.toSorted((a, b) => a.partition - b.partition);
      const starts = ordered.map(({ startOffset }) => startOffset);
      return backlogOf(fromOffsets(offsets, enrichedTopic, starts), ordered) <= maxBacklogRecords;
    } catch {
      // Away still; the dashboard's watch says so.
      return false;
    }
  }
}
