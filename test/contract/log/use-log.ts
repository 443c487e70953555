import type { TestContext } from 'node:test';
import type { LogDriver, LogUnderTest } from './log-driver.ts';

/** A log of its own for one test, removed when the test ends. */
export async function useLog(t: TestContext, driver: LogDriver): Promise<LogUnderTest> {
  const log = await driver.create();
  t.after(() => log.remove());
  return log;
}

/** A deadline for a test that waits on conditions. */
export const deadline = { timeout: 60_000 };
