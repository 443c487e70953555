import type { Events } from '../../core/events.ts';
import type { ComposedStoreReader } from '../../stores/open-store-reader.ts';

export interface StoreWatch {
  /** What can't be read, as sentences; undefined when all can. */
  readonly away: string | undefined;
  stop(): void;
}

const everyMs = 5000;

/** Asks the stores outside now and then, and says in the log when one goes away and when it is back. */
export function startStoreWatch(
  store: Pick<ComposedStoreReader, 'probe' | 'away'>,
  events: Events,
): StoreWatch {
  let told: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const away = () => (store.away().length === 0 ? undefined : store.away().join(' '));
  const look = async () => {
    await store.probe();
    if (stopped) return;
    const now = away();
    if (now !== undefined && told === undefined)
      events.warn('dashboard.store-away', {
        message: `The live feed goes on; what is stored can't be shown: ${now}`,
      });
    if (now === undefined && told !== undefined)
      events.info('dashboard.store-back', { message: 'What is stored can be shown again.' });
    told = now;
    timer = setTimeout(look, everyMs).unref();
  };
  void look();
  return {
    get away() {
      return away();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
