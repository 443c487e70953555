import { Backoff } from '../../core/backoff.ts';
import { isMillraceError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';
import { StoreAway } from './store-away.ts';

export interface RetryOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Ends the tries: the last error is thrown. */
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown, pauseMs: number) => void;
}

/**
 * Does it again as long as it fails with a retryable error, after pauses that double up to a bound, and not before the
 * store wants to be asked again.
 */
export async function retryWhileUnavailable<T>(
  attempt: () => Promise<T>,
  { firstMs, maxMs, signal, onRetry }: RetryOptions,
): Promise<T> {
  const backoff = new Backoff({ firstMs, maxMs });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isMillraceError(error) || !error.retryable || signal.aborted) throw error;
      const retryAfterMs = error instanceof StoreAway ? error.retryAfterMs : 0;
      const pauseMs = Math.max(backoff.nextMs(), retryAfterMs);
      onRetry(error, pauseMs);
      await pause(pauseMs, signal);
      if (signal.aborted) throw error;
    }
  }
}
