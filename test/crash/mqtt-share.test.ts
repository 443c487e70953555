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

const filter = '$share/workers/meters/+';
const batch = 2_000;
const kills = 3;

test('promise 1: two processes share a filter of one broker, one of them killed again and again, and none is lost', {
  timeout: 180_000,
  skip: withoutEngine(),
}, async (t) => {
  const folders = [await makeDataFolder(), await makeDataFolder()] as const;
  const port = await freePort();
  const lines = ['max_inflight_messages 1000', 'max_queued_messages 0'];
  const mosquitto = await startMosquitto({ port, lines });
  const steady = await startIngressProcess(folders[0].path, mosquitto.url, filter);
  let killed = await startIngressProcess(folders[1].path, mosquitto.url, filter);
  const sender = await openNumberedSender({ port, meters: 10, window: 200 });
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = sender.list.acknowledged.length;
      const sending = sender.send(batch);
      await until(() => sender.list.acknowledged.length >= before + 200 + kill * 300);
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      killed = await startIngressProcess(folders[1].path, mosquitto.url, filter);
      await sending;
    }
    const { acknowledged } = sender.list;
    const shares = await until(async () => {
      const logged = await Promise.all(folders.map(({ path }) => readLoggedNumbers(path)));
      const each = logged.map((byMeter) => new Set([...byMeter.values()].flat()));
      return acknowledged.every((n) => each.some((share) => share.has(n))) && each;
    });
    const [first = 0, second = 0] = shares.map(({ size }) => size);
    // Each takes its part, and what was dealt twice was dealt anew after a kill.
    assert.ok(first > batch / 2 && second > batch / 2, `${first} and ${second}`);
    assert.ok(first + second < acknowledged.length * 1.5, `${first} and ${second}`);
    t.diagnostic(`${acknowledged.length} acknowledged, shared ${first} and ${second}, 0 lost`);
  } finally {
    await sender.close();
    steady.kill('SIGKILL');
    killed.kill('SIGKILL');
    await mosquitto.stop();
    await Promise.all(folders.map((folder) => folder.remove()));
  }
});
