import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { driveFleet } from '../../../cli/simulate/drive-fleet.ts';
import { createFleet } from '../../../cli/simulate/fleet.ts';
import { gridRoads, roadNetwork } from '../../../cli/simulate/road-network.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const network = roadNetwork(gridRoads([10.2, 56.15]));

test('a fleet that drives for long keeps nothing of the packets that waited for room', async () => {
  const stop = new AbortController();
  let packets = 0;
  let before = 0;
  let after = 0;
  await driveFleet({
    fleet: createFleet({ network, count: 10, seed: 1 }),
    topic: 'simulated/{id}/state',
    // Faster than it can: nothing but the publisher holds it back.
    intervalMs: 0.001,
    signal: stop.signal,
    publisher: { publish: () => Promise.resolve() },
    onPacket: () => {
      packets++;
      if (packets === 1000) before = heldBytes();
      if (packets < 41_000) return;
      after = heldBytes();
      stop.abort();
    },
  });
  const bytesEach = (after - before) / 40_000;
  assert.ok(bytesEach < 50, `${bytesEach} bytes stay of each packet`);
});

test('the end is at once, not at the next report', async () => {
  const stop = new AbortController();
  const startedAt = performance.now();
  setTimeout(() => stop.abort(), 20);
  await driveFleet({
    fleet: createFleet({ network, count: 1, seed: 1 }),
    topic: 'simulated/{id}/state',
    intervalMs: 60_000,
    signal: stop.signal,
    publisher: { publish: () => undefined },
  });
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
  assert.ok(performance.now() - startedAt < 30_000);
  assert.deepEqual(timers, [], 'no timer keeps the process from its end');
});
