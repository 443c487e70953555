import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { deadLettersTopic, rawTopic } from '../../core/topics.ts';
import { encodeSparkplug } from '../support/encode-sparkplug.ts';
import { startIngressProcess } from '../support/start-ingress-process.ts';
import { until } from '../support/until.ts';

const at = 1_767_225_600_000;
const kills = 6;
const burst = 300;

test('promise 1: what an acknowledged birth declared is known after a kill, and data by alias are read', {
  timeout: 120_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const port = await freePort();
  let child = await startIngressProcess(folder.path, `${port}`);
  let device = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  device.on('error', () => undefined);
  let seq = 0;
  const send = (type: string, device_: string, metrics: readonly object[]) => {
    const payload = encodeSparkplug({ timestamp: at + seq, seq: seq++ % 256, metrics });
    const topic = `spBv1.0/plant/${type}/press${device_ && `/${device_}`}`;
    return device.publishAsync(topic, payload, { qos: 1 });
  };
  const expected: number[] = [];
  let value = 0;
  try {
    await send('NBIRTH', '', [{ name: 'bdSeq', datatype: 8, value: 1n }]);
    for (let kill = 0; kill < kills; kill++) {
      const born: string[] = [];
      // Births go on while it is killed: only those that were acknowledged count.
      const births = Array.from({ length: burst }, async (_, n) => {
        const name = `d${kill}-${n}`;
        await send('DBIRTH', name, [{ name: 'N', alias: n, datatype: 8, value: 0n }]);
        born.push(name);
      });
      const all = Promise.allSettled(births);
      await until(() => born.length > kill * 6);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await device.endAsync(true);
      await all;
      child = await startIngressProcess(folder.path, `${port}`);
      device = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
      device.on('error', () => undefined);
      const data = born.map((name) => {
        expected.push(++value);
        const alias = Number(name.split('-')[1]);
        return send('DDATA', name, [{ alias, value: BigInt(value) }]);
      });
      await Promise.all(data);
    }
    await device.endAsync(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { values, unknown } = await readLog(folder.path);
    assert.deepEqual(values, expected, 'every value came under its name');
    assert.equal(unknown, 0);
    t.diagnostic(`${kills} kills, ${expected.length} values by alias, ${unknown} unknown`);
  } finally {
    await device.endAsync(true);
    child.kill('SIGKILL');
    await folder.remove();
  }
});

async function readLog(folder: string): Promise<{ values: number[]; unknown: number }> {
  const log = await openSqliteLog({ folder });
  const values: number[] = [];
  let unknown = 0;
  for await (const cut of log.tail([rawTopic, deadLettersTopic], { from: 'earliest' })) {
    for (const { topic, records } of cut.batches) {
      for (const { value } of records) {
        if (!value) continue;
        if (topic === rawTopic) values.push(readingCodec.decode(value).numbers.n ?? 0);
        else if (deadLetterCodec.decode(value).reason === 'name-unknown') unknown++;
      }
    }
    if (cut.atEnd) break;
  }
  await log.close();
  return { values: values.filter((n) => n > 0).sort((a, b) => a - b), unknown };
}
