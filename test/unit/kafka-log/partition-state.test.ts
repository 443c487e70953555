import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionState } from '../../../core/log/kafka/state/partition-state.ts';
import type { StateFile } from '../../../core/log/kafka/state/state-file.ts';
import type { KafkaCluster } from '../../../core/log/kafka/wire/kafka-cluster.ts';
import type { StateCache } from '../../../core/log/state/state-cache.ts';

const changelog = { topic: 'changelog', partition: 0 };
const hourMs = 3_600_000;

/** Whether a copy of this age is kept; it is up to date with its changelog. */
async function isKept(ageMs: number): Promise<boolean> {
  let isCleared = false;
  const file = {
    open: () => ({ position: 5, writtenMs: Date.now() - ageMs }),
    clear: () => {
      isCleared = true;
    },
  } as unknown as StateFile;
  const rows = [{ topic: 'changelog', partitions: [{ partition: 0, offset: '5' }] }];
  const asking = {
    leaderOf: async () => 1,
    broker: async () => ({ listOffsets: async () => ({ responses: rows }) }),
    send: async () => [{ ...changelog, offset: 0, errorCode: 0, batches: [], nextOffset: 5 }],
  } as unknown as KafkaCluster;
  const written = { ...file, write: () => undefined } as unknown as StateFile;
  const cache = { forget: () => undefined } as unknown as StateCache;
  await new PartitionState({
    ...{ asking, file: written, cache, group: 'g', partition: 0, changelog },
  }).restore();
  return !isCleared;
}

test('a copy of state is kept for hours, and not when it is older or its age is not known', async () => {
  assert.equal(await isKept(11 * hourMs), true);
  assert.equal(await isKept(13 * hourMs), false);
  assert.equal(await isKept(-60_000), true, 'a clock that was set back a little');
  assert.equal(await isKept(-2 * hourMs), false, 'a clock that was far ahead');
});
