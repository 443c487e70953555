import { setTimeout as pause } from 'node:timers/promises';
import { isMillraceError } from '../../core/errors.ts';

export interface RetryOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Ends the tries: the last error is thrown. */
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown, pauseMs: number) => void;
}

/**
 * Does it again as long as it fails with a retryable error. Pauses double up to a bound; each is drawn from its upper
 * half, so that many that wait for the same thing don't come back at once.
 */
export async function retryWhileUnavailable<T>(
  attempt: () => Promise<T>,
  { firstMs, maxMs, signal, onRetry }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isMillraceError(error) || !error.retryable || signal.aborted) throw error;
      const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 20));
      const pauseMs = (fullMs / 2) * (1 + Math.random());
      onRetry(error, pauseMs);
      await pause(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
