/** Waits until `condition` gives something truthy, and gives it; throws with its last error after the deadline. */
export async function until<T>(
  condition: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new Error(`Not so within ${deadlineMs} ms: ${condition}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
