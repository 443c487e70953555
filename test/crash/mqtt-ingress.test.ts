import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import { openSqliteLogReader } from '../../core/log/sqlite/open-sqlite-log.ts';
import { rawTopic } from '../../core/topics.ts';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { until } from '../support/until.ts';

const main = fileURLToPath(new URL('mqtt-ingress-process.ts', import.meta.url));
const kills = 12;
const batch = 1_000;
const meters = 10;

test('promises 1 and 5: the ingress killed again and again while thousands are published', {
  timeout: 180_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const port = await freePort();
  let child = await startIngress(folder.path, port);
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
      child = await startIngress(folder.path, port);
      await sending;
    }
    assert.equal(await retained(port, 'state/a'), 'kept');
    const { acknowledged, sent } = sender.list;
    assert.equal(acknowledged.length, sent, 'each was acknowledged in the end');
    const byMeter = await logged(folder.path);
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

async function startIngress(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', main, folder, `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('ready') || child.exitCode !== null);
  assert.equal(child.exitCode, null, said);
  return child;
}

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

/** The numbers of each meter, in the log's order. */
async function logged(folder: string): Promise<Map<string, number[]>> {
  const log = await openSqliteLogReader(folder);
  const byMeter = new Map<string, number[]>();
  try {
    for await (const cut of log.tail([rawTopic], { from: 'earliest' })) {
      for (const { value } of cut.batches.flatMap(({ records }) => records)) {
        if (!value) continue;
        const { entityId, numbers } = readingCodec.decode(value);
        const known = byMeter.get(entityId);
        if (known) known.push(Number(numbers.n));
        else byMeter.set(entityId, [Number(numbers.n)]);
      }
      if (cut.atEnd) break;
    }
  } finally {
    await log.close();
  }
  return byMeter;
}
