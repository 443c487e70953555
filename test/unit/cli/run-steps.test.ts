import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSteps } from '../../../cli/dlq/run-steps.ts';
import { noFilter } from '../../support/start-replay-room.ts';

/** An action over so many dead letters, and what was asked of it. */
function actionOver(total: number) {
  const limits: number[] = [];
  let done = 0;
  return {
    limits,
    options: {
      request: noFilter,
      total,
      rate: undefined,
      onReport: () => undefined,
      signal: new AbortController().signal,
      step: async ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => {
        assert.equal(cursor, done === 0 ? undefined : String(done));
        limits.push(limit);
        const letters = Math.min(limit, total - done);
        done += letters;
        return { letters, seen: letters, nextCursor: done < total ? String(done) : null };
      },
    },
  };
}

test('steps follow each other until nothing is left', async () => {
  const { limits, options } = actionOver(250);
  assert.equal(await runSteps(options), true);
  assert.deepEqual(limits, [100, 100, 100]);
});

test('with a rate, no more than so many a second are asked for', async () => {
  const { limits, options } = actionOver(100);
  const started = performance.now();
  assert.equal(await runSteps({ ...options, rate: 200 }), true);
  const tookMs = performance.now() - started;
  assert.deepEqual(limits, [50, 50]);
  assert.ok(tookMs >= 245, `${tookMs} ms for 100 letters, of which 50 had to wait`);
});

test('an action that is broken off ends after the step in hand', async () => {
  const { limits, options } = actionOver(1000);
  const controller = new AbortController();
  const isDone = await runSteps({
    ...options,
    signal: controller.signal,
    onReport: () => controller.abort(),
  });
  assert.equal(isDone, false);
  assert.equal(limits.length, 1);
});
