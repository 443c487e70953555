import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { readLoggedNumbers } from '../support/read-logged-numbers.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startMosquitto } from '../support/servers/start-mosquitto.ts';
import { startIngressProcess } from '../support/start-ingress-process.ts';
import { until } from '../support/until.ts';

const kills = 6;
const batch = 1_500;
const meters = 10;

test('promises 1 and 5: the subscriber of an outside broker killed again and again while thousands are published', {
  timeout: 180_000,
  skip: withoutEngine(),
}, async (t) => {
  const folder = await makeDataFolder();
  const port = await freePort();
  const lines = ['max_inflight_messages 1000', 'max_queued_messages 0'];
  const mosquitto = await startMosquitto({ port, lines });
  let child = await startIngressProcess(folder.path, mosquitto.url);
  const sender = await openNumberedSender({ port, meters, window: 200 });
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = sender.list.acknowledged.length;
      const sending = sender.send(batch);
      await until(() => sender.list.acknowledged.length >= before + 100 + kill * 200);
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = await startIngressProcess(folder.path, mosquitto.url);
      await sending;
    }
    const { acknowledged } = sender.list;
    const byMeter = await until(async () => {
      const logged = await readLoggedNumbers(folder.path);
      const distinct = new Set([...logged.values()].flat());
      return acknowledged.every((n) => distinct.has(n)) && logged;
    });
    for (const [meter, numbers] of byMeter) {
      const first = [...new Set(numbers)];
      assert.deepEqual(
        first,
        [...first].sort((a, b) => a - b),
        `in the order of ${meter}`,
      );
    }
    const all = [...byMeter.values()].flat().length;
    t.diagnostic(`${kills} kills, ${acknowledged.length} acknowledged, ${all} in the log, 0 lost`);
  } finally {
    await sender.close();
    child.kill('SIGKILL');
    await mosquitto.stop();
    await folder.remove();
  }
});
