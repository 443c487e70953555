import { Backoff } from '../../core/backoff.ts';
import { isMillraceError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';

export interface RetryOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Ends the tries: the last error is thrown. */
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown, pauseMs: number) => void;
}

/**
 * Does it again as long as it fails with a retryable error, after pauses that double up to a bound.
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
      const pauseMs = backoff.nextMs();
      onRetry(error, pauseMs);
      await pause(pauseMs, signal);
      if (signal.aborted) throw error;
    }
  }
}
