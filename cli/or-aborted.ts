/**
 * Waits for the work, or for the signal if that comes first. Leaves nothing behind on either: a race with one promise
 * that stands for a long-lived signal would keep something of every round until the signal comes.
 */
export async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
  const onAbort = () => abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
