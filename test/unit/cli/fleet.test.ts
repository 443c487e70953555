import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFleet, pointAlong } from '../../../cli/simulate/fleet.ts';
import {
  gridRoads,
  lineMetres,
  type Road,
  roadNetwork,
} from '../../../cli/simulate/road-network.ts';

const town = roadNetwork(gridRoads([10.2, 56.15]));

function drive(seed: number, steps: number) {
  const fleet = createFleet({ network: town, count: 5, seed });
  return Array.from({ length: steps }, (_, step) => fleet.drive(step % 5, 1000));
}

test('the same seed drives the same way, another one another', () => {
  assert.deepEqual(drive(7, 500), drive(7, 500));
  assert.notDeepEqual(drive(7, 500), drive(8, 500));
});

test('a vehicle moves as far as its speed says', () => {
  const road: Road = {
    id: 'long',
    line: [
      [10, 56],
      [10, 57],
    ],
    lengthMetres: lineMetres([
      [10, 56],
      [10, 57],
    ]),
    freeFlowKmh: 72,
  };
  const fleet = createFleet({
    network: roadNetwork([road]),
    count: 1,
    seed: 3,
    speedKmh: () => 36,
  });
  const before = fleet.drive(0, 0);
  const after = fleet.drive(0, 10_000);
  const metres = lineMetres([
    [before.lon, before.lat],
    [after.lon, after.lat],
  ]);
  assert.ok(
    Math.abs(metres - (after.speedKmh / 3.6) * 10) < 1,
    `${metres} m at ${after.speedKmh} km/h`,
  );
  assert.ok(after.speedKmh >= 36 * 0.85 && after.speedKmh <= 36 * 1.15);
});

test("at a road's end the drive goes on where another begins, and a dead end turns round", () => {
  const there: Road = {
    id: 'there',
    line: [
      [0, 0],
      [0, 1],
    ],
    lengthMetres: 100,
    freeFlowKmh: 36,
  };
  const on: Road = {
    id: 'on',
    line: [
      [0, 1],
      [1, 1],
    ],
    lengthMetres: 100,
    freeFlowKmh: 36,
  };
  const back: Road = {
    id: 'back',
    line: [
      [0, 1],
      [0, 0],
    ],
    lengthMetres: 100,
    freeFlowKmh: 36,
  };
  const network = roadNetwork([there, on, back]);
  assert.deepEqual(
    network.onward(there).map(({ id }) => id),
    ['on'],
  );
  assert.deepEqual(network.onward(on)[0]?.line, [
    [1, 1],
    [0, 1],
  ]);
});

test('headings are clockwise from north', () => {
  const heading = (to: readonly [number, number]) =>
    Math.round(pointAlong([[0, 0], to], 0.5).headingDegrees);
  assert.deepEqual(
    [heading([0, 1]), heading([1, 0]), heading([0, -1]), heading([-1, 0])],
    [0, 90, 180, 270],
  );
});

test('every position of a drive is on the map', () => {
  for (const { lat, lon, headingDegrees, speedKmh } of drive(1, 2000)) {
    assert.ok(Math.abs(lat - 56.15) < 0.05 && Math.abs(lon - 10.2) < 0.05);
    assert.ok(headingDegrees >= 0 && headingDegrees < 360 && speedKmh > 0);
  }
});
