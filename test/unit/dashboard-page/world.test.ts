import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Sighting, World } from '../../../services/dashboard/web/src/live/world.ts';

const sighting = (over: Partial<Sighting>): Sighting => ({
  entityType: 'bus',
  entityId: '1',
  source: 'buses',
  observedAtMs: 1000,
  receivedAtMs: 1000,
  numbers: {},
  flags: {},
  texts: {},
  tags: {},
  position: null,
  zones: [],
  ...over,
});

test('whatever the order that readings come in, each field ends with its newest value', () => {
  const reading = fc.record({
    observedAtMs: fc.integer({ min: 1, max: 1000 }),
    numbers: fc.dictionary(fc.constantFrom('speed', 'load', 'delay'), fc.integer()),
  });
  const distinct = fc.uniqueArray(reading, { selector: ({ observedAtMs }) => observedAtMs });
  fc.assert(
    fc.property(distinct, (readings) => {
      const world = new World();
      for (const one of readings) world.see(sighting(one));
      const newest = new Map<string, number>();
      for (const { numbers } of readings.toSorted((a, b) => a.observedAtMs - b.observedAtMs)) {
        for (const [name, value] of Object.entries(numbers)) newest.set(name, value);
      }
      assert.deepEqual(new Map(world.get('bus/1')?.values ?? []), newest);
    }),
  );
});

test('a reading without a position leaves the entity where it was', () => {
  const world = new World();
  world.see(sighting({ position: { lat: 56, lon: 10 } }));
  world.see(sighting({ observedAtMs: 2000, numbers: { speed: 4 } }));
  assert.deepEqual(world.get('bus/1')?.place, { lat: 56, lon: 10, altitude: null, timeMs: 1000 });
});

test('a field that the sender cleared is gone, and an older value does not bring it back', () => {
  const world = new World();
  world.see(sighting({ numbers: { speed: 4 } }));
  world.see(sighting({ observedAtMs: 3000, unset: ['speed'] }));
  world.see(sighting({ observedAtMs: 2000, numbers: { speed: 9 } }));
  assert.equal(world.get('bus/1')?.values.has('speed'), false);
});

test('a snapshot keeps the older times of single fields', () => {
  const world = new World();
  world.see(
    sighting({ observedAtMs: 5000, numbers: { speed: 4, load: 7 }, fieldTimesMs: { load: 1000 } }),
  );
  world.see(sighting({ observedAtMs: 2000, numbers: { speed: 1, load: 8 } }));
  assert.deepEqual(
    [...(world.get('bus/1')?.values ?? [])],
    [
      ['speed', 4],
      ['load', 8],
    ],
  );
});
