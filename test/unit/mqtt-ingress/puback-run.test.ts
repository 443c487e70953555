import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PubackRun } from '../../../services/mqtt-ingress/puback-run.ts';

test('what is told in one go is one write, in that order, in the next microtask', async () => {
  const writes: string[] = [];
  const run = new PubackRun((bytes) => writes.push(bytes.toString('hex')));
  run.add(0x40, 1);
  run.add(0x50, 0x1234);
  run.add(0x40, 65_535);
  assert.deepEqual(writes, []);
  await undefined;
  assert.deepEqual(writes, ['400200015002' + '12344002ffff']);
  run.add(0x40, 2);
  run.flush();
  await undefined;
  assert.deepEqual(writes.slice(1), ['40020002'], 'nothing goes out twice');
});

test('bytes that were handed out are not written over', () => {
  const writes: Buffer[] = [];
  const run = new PubackRun((bytes) => writes.push(bytes));
  for (let id = 1; id <= 5_000; id++) {
    run.add(0x40, id);
    if (id % 7 === 0) run.flush();
  }
  run.flush();
  const all = Buffer.concat(writes);
  assert.equal(all.length, 20_000);
  for (let id = 1; id <= 5_000; id++) assert.equal(all.readUInt16BE(id * 4 - 2), id);
});
