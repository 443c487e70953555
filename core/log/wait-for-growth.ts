/** What tells of each growth. Returns the way to end it. */
interface Growing {
  onGrowth(listener: () => void): () => void;
}

/** Resolves when `hasMore` holds, asked after each growth of one of them, or when the signal aborts. */
export function waitForGrowth(
  growing: Iterable<Growing>,
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
    for (const one of growing) ends.push(one.onGrowth(look));
    signal.addEventListener('abort', finish, { once: true });
  });
}
