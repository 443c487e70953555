import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { readLoggedNumbers } from '../support/read-logged-numbers.ts';
import { startIngressProcess } from '../support/start-ingress-process.ts';
import { until } from '../support/until.ts';

const kills = 12;
const batch = 1_000;
const meters = 10;

test('promises 1 and 5: the ingress killed again and again while thousands are published', {
  timeout: 180_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const port = await freePort();
  let child = await startIngressProcess(folder.path, `${port}`);
  const sender = await openNumberedSender({ port, meters, window: 200 });
  try {
    await retain(port, 'state/a', 'kept');
    for (let kill = 0; kill < kills; kill++) {
      const before = sender.list.acknowledged.length;
      const sending = sender.send(batch);
      // Another moment each time.
      await until(() => sender.list.acknowledged.length >= before + 50 + kill * 70);
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = await startIngressProcess(folder.path, `${port}`);
      await sending;
    }
    assert.equal(await retained(port, 'state/a'), 'kept');
    const { acknowledged, sent } = sender.list;
    assert.equal(acknowledged.length, sent, 'each was acknowledged in the end');
    const byMeter = await readLoggedNumbers(folder.path);
    const all = [...byMeter.values()].flat();
    const distinct = new Set(all);
    const lost = acknowledged.filter((n) => !distinct.has(n));
    assert.deepEqual(lost, [], 'every acknowledged one is in the log');
    for (const [meter, numbers] of byMeter) {
      const first = [...new Set(numbers)];
      const sorted = [...first].sort((a, b) => a - b);
      assert.deepEqual(first, sorted, `in the order of ${meter}`);
    }
    t.diagnostic(
      `${kills} kills, ${acknowledged.length} acknowledged, ${all.length} in the log, ${all.length - distinct.size} repeats, ${lost.length} lost`,
    );
  } finally {
    await sender.close();
    child.kill('SIGKILL');
    await folder.remove();
  }
});

async function retain(port: number, topic: string, payload: string): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
  await client.publishAsync(topic, payload, { qos: 1, retain: true });
  await client.endAsync();
}

async function retained(port: number, topic: string): Promise<string> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
  const first = new Promise<string>((resolve) => {
    client.once('message', (_topic, payload) => resolve(payload.toString()));
  });
  await client.subscribeAsync(topic, { qos: 1 });
  const payload = await first;
  await client.endAsync();
  return payload;
}
