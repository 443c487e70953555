import type { Events } from '../../core/events.ts';
import type { StoreWriter } from '../store.ts';

export interface PruneTimer {
  /** Waits for a prune under way. */
  stop(): Promise<void>;
}

/**
 * Prunes the store again and again, in steps between which batches are written. `now`: microseconds.
 * What fails is tried again at the next turn.
 */
export function startPruneTimer(
  writer: Pick<StoreWriter, 'prune'>,
  { everyMs, now, events }: { everyMs: number; now: () => number; events: Events },
): PruneTimer {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const prune = async () => {
    try {
      let deleted: number;
      do deleted = await writer.prune(now() / 1000);
      while (deleted > 0 && !stopped);
    } catch (error) {
      events.warn('sink.prune-failed', {
        message: 'Old history could not be deleted; it is tried again.',
        error,
      });
    }
    if (!stopped) timer = setTimeout(turn, everyMs).unref();
  };
  const turn = () => {
    running = prune();
  };
  let timer = setTimeout(turn, everyMs).unref();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
