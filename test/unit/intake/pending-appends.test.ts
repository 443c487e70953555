import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingAppends } from '../../../core/intake/pending-appends.ts';

interface Batch {
  readonly name: string;
}

test('what is held counts until its append is answered, and a drain waits for all that have begun', async () => {
  const pending = new PendingAppends<Batch>(() => 0);
  const batch = { name: 'one' };
  const mebibytes = 2 ** 20;
  pending.hold(32 * mebibytes);
  assert.equal(pending.full, false);
  pending.hold(1);
  assert.equal(pending.full, true);
  pending.begin(batch);
  let isDrained = false;
  const drained = pending.drain().then(() => {
    isDrained = true;
  });
  await Promise.resolve();
  assert.equal(isDrained, false);
  pending.end(batch, 1);
  await drained;
  assert.equal(pending.full, false);
});

test('the slow ones are told in the order in which they began, those of the moment are not', () => {
  let nowMicros = 0;
  const pending = new PendingAppends<Batch>(() => nowMicros);
  const [one, two, three] = [{ name: 'one' }, { name: 'two' }, { name: 'three' }];
  for (const batch of [one, two, three]) {
    pending.begin(batch);
    nowMicros += 10;
  }
  assert.deepEqual([...pending.slowerThan(15)], [one, two]);
  pending.end(one, 0);
  assert.deepEqual([...pending.slowerThan(15)], [two]);
  assert.equal(pending.waitingMicros, 20);
});
