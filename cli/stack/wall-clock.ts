/** Above this the machine's clock was set (or slept): its new time is taken. */
const toleranceMs = 2;

/**
 * Microseconds since 1970, whole. `Date.now()` is too coarse to tell readings apart and the performance clock does not
 * follow the machine's when that is set, so the second is held to the first.
 */
export function wallClock(): () => number {
  let originMs = performance.timeOrigin;
  return () => {
    const elapsedMs = performance.now();
    const aheadMs = originMs + elapsedMs - Date.now();
    if (aheadMs > toleranceMs || aheadMs < -toleranceMs) originMs -= aheadMs;
    return Math.round((originMs + elapsedMs) * 1000);
  };
}
