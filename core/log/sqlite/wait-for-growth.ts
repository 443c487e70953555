import type { Partition } from './catalog.ts';

/** Resolves when `hasMore` holds, asked after each growth of one of the partitions, or when the signal aborts. */
export function waitForGrowth(
  partitions: Iterable<Partition>,
  hasMore: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted || hasMore()) return Promise.resolve();
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const finish = () => {
      signal.removeEventListener('abort', finish);
      for (const end of ends) end();
      resolve();
    };
    const look = () => {
      if (hasMore()) finish();
    };
    for (const partition of partitions) ends.push(partition.onGrowth(look));
    signal.addEventListener('abort', finish, { once: true });
  });
}
