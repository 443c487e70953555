/** Resolves after a time, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

const firstPauseMs = 50;
const longestPauseMs = 5000;

/** How long to wait before the n-th attempt again (from 1): doubling, with half of it left to chance. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 20));
  return whole / 2 + (whole / 2) * random();
}
