import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { differences, isSettled, readLedger } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { type FullStack, startFullStack } from '../support/start-full-stack.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('numbered-pipeline.config.ts', import.meta.url));
const ratePerSecond = 2000;
const takeOverWithinMs = 15_000;

test('promises 1, 2, 3 and 5: two enrichers share the partitions; one is killed, the other goes on with all of them', {
  timeout: 280_000,
  skip: withoutEngine(),
}, async (t) => {
  const stack = await startFullStack({ configPath });
  const sender = await openNumberedSender({
    port: stack.mqttPort,
    meters: 60,
    window: 1000,
    perSecond: ratePerSecond,
  });
  const account = () => until(() => readLedger(stack.http, 'meters'));
  let isOver = false;
  const sending = (async () => {
    while (!isOver) await sender.send(ratePerSecond / 10);
  })();
  try {
    await until(() => sender.list.acknowledged.length > ratePerSecond);
    await stack.start('enricher', 'second');
    const [first, second] = await Promise.all([readBy(stack, 'enricher'), readBy(stack, 'second')]);
    await until(async () => (await readBy(stack, 'enricher')) > first + 500);
    await until(async () => (await readBy(stack, 'second')) > second + 500);

    await stack.kill('enricher');
    const killedMs = performance.now();
    await until(async () => (await account()).inFlight > ratePerSecond / 2);
    await until(async () => (await account()).inFlight < ratePerSecond / 4, 60_000);
    const tookMs = performance.now() - killedMs;
    isOver = true;
    await sending;
    const { sent, acknowledged } = sender.list;
    const last = await until(async () => {
      const now = await account();
      return now.passedOn >= sent && isSettled(now) ? now : undefined;
    }, 60_000);
    t.diagnostic(
      `the other had caught up ${(tookMs / 1000).toFixed(1)} s after the kill; ${acknowledged.length} acknowledged, ${last.passedOn} passed on, ${last.deduplicated} repeats recognised, differences ${differences(last)}`,
    );
    assert.ok(tookMs < takeOverWithinMs, `${tookMs} ms`);
    assert.equal(last.passedOn, sent, 'each reading was passed on once');
    assert.deepEqual(new Set(differences(last)), new Set([0]));
  } finally {
    isOver = true;
    await sending.catch(() => undefined);
    await sender.close();
    await stack.stop();
  }
});

/** Readings that this enricher has read since its start. */
async function readBy(stack: FullStack, instance: string): Promise<number> {
  const { http } = stack.processes.get(instance) ?? {};
  const metrics = await (await fetch(`${http}/metrics`)).text();
  return [...metrics.matchAll(/^millrace_enricher_readings_total\{[^}]*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
