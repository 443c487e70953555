import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../../core/reading.ts';
import type { EntityState, StoreReader } from '../../../stores/store.ts';
import { makeReading } from '../../support/make-reading.ts';
import {
  assertReadingsHeld,
  readingBatch,
  readingsHeld,
  type StoreFactory,
  type StoreUnderTest,
  withStore,
} from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const names = ['a', 'b', 'c'] as const;

const somePosition = fc.record(
  {
    lat: fc.integer({ min: -80, max: 80 }),
    lon: fc.integer({ min: -179, max: 179 }),
    altitude: fc.constantFrom(null, 12),
  },
  { noNullPrototype: true },
);
const someValues = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2, noNullPrototype: true });
/** Few entities, times and seqs, so that they meet. */
const someReading = fc.record({
  entityId: fc.constantFrom('x', 'y'),
  observedAt: fc.integer({ min: 0, max: 3 }).map((n) => start + n * 1_000_000),
  seq: fc.integer({ min: 0, max: 1 }),
  numbers: someValues(fc.integer({ min: -9, max: 9 })),
  texts: fc.dictionary(fc.constantFrom('t', 'u'), fc.constantFrom('p', 'q'), {
    maxKeys: 1,
    noNullPrototype: true,
  }),
  unset: fc.subarray([...names, 'position'], { maxLength: 2 }),
  position: fc.option(somePosition, { nil: null, freq: 2 }),
  zones: fc.subarray(['north', 'south']),
});
const someReadings = fc
  .array(someReading, { minLength: 1, maxLength: 12 })
  .map((parts) => parts.map((part, n) => makeReading({ eventId: `e${n}`, ...part })));

const someOrders = someReadings.chain((readings) =>
  fc.record({
    readings: fc.constant(readings),
    shuffled: fc.shuffledSubarray(readings, { minLength: readings.length }),
    repeats: fc.subarray(readings),
    batchSize: fc.integer({ min: 1, max: 5 }),
  }),
);

/** Applied one after the other in the order of time, later ones simply overwrite. */
function naiveLatest(readings: readonly Reading[]): Omit<EntityState, 'entityType' | 'entityId'> {
  const ordered = [...readings].sort(
    (a, b) => a.observedAt - b.observedAt || a.seq - b.seq || (a.eventId < b.eventId ? -1 : 1),
  );
  const numbers: Record<string, number> = {};
  const texts: Record<string, string> = {};
  const fieldTimes: Record<string, number> = {};
  let position: EntityState['position'] = null;
  let zones: readonly string[] = [];
  for (const { observedAt, ...reading } of ordered) {
    for (const name of reading.unset.filter((unset) => unset !== 'position')) {
      delete numbers[name];
      fieldTimes[name] = observedAt;
    }
    for (const name of Object.keys(reading.numbers)) fieldTimes[name] = observedAt;
    for (const name of Object.keys(reading.texts)) fieldTimes[name] = observedAt;
    Object.assign(numbers, reading.numbers);
    Object.assign(texts, reading.texts);
    const placed = reading.position !== null || reading.unset.includes('position');
    if (placed) {
      position = reading.position;
      fieldTimes.position = observedAt;
    }
    if (placed || reading.zones.length > 0) {
      zones = reading.zones;
      fieldTimes.zones = observedAt;
    }
    if (reading.unset.includes('position')) fieldTimes.position = observedAt;
  }
  const newest = ordered.at(-1) ?? makeReading();
  const { source, observedAt, receivedAt } = newest;
  return {
    source,
    observedAt,
    receivedAt,
    numbers,
    flags: {},
    texts,
    tags: {},
    position,
    zones,
    fieldTimes,
  };
}

/** The same readings of entities that no other run has. */
function ofRun(readings: readonly Reading[], run: number): Reading[] {
  return readings.map((reading) => ({ ...reading, entityId: `${reading.entityId}-${run}` }));
}

async function seenOf(store: StoreUnderTest, reader: StoreReader, entityIds: readonly string[]) {
  const entities = entityIds.map((entityId) => ({ entityType: 'bus', entityId }));
  const fields = [...names, 't', 'u', 'lat'];
  return {
    states: await Promise.all(entityIds.map((entityId) => reader.entity('bus', entityId))),
    series: store.keeps.includes('history')
      ? await reader.series({ entities, fields, from: 0, to: 2 ** 52, fn: 'last', maxPoints: 99 })
      : undefined,
    readings: await readingsHeld(store, reader),
  };
}

export function mergingContract(factory: StoreFactory): void {
  test('any order of the same readings, in any batches, with repeats, ends with the same latest and history', () =>
    withStore(factory, (inOrder) =>
      withStore(factory, async (mixed) => {
        const [orderly, orderlyReader] = [await inOrder.openWriter(), await inOrder.openReader()];
        const [writer, reader] = [await mixed.openWriter(), await mixed.openReader()];
        let run = 0;
        let offset = 0;
        const property = fc.asyncProperty(
          someOrders,
          async ({ readings, shuffled, repeats, batchSize }) => {
            run++;
            await orderly.writeReadings(readingBatch(ofRun(readings, run), run * 100));
            const all = ofRun([...shuffled, ...repeats], run);
            for (let from = 0; from < all.length; from += batchSize, offset += batchSize)
              await writer.writeReadings(readingBatch(all.slice(from, from + batchSize), offset));
            const entityIds = [...new Set(all.map(({ entityId }) => entityId))];
            const seen = await seenOf(mixed, reader, entityIds);
            assert.deepEqual(seen, await seenOf(inOrder, orderlyReader, entityIds));
            for (const [index, entityId] of entityIds.entries()) {
              const own = all.filter((reading) => reading.entityId === entityId);
              assert.deepEqual(seen.states[index], {
                entityType: 'bus',
                entityId,
                ...naiveLatest(own),
              });
            }
          },
        );
        await fc.assert(property, { numRuns: 200 });
      }),
    ));

  test('a late reading fills what no newer one gave, and replaces nothing', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const now = makeReading({ eventId: 'now', observedAt: start + 10, numbers: { speed: 30 } });
      const late = makeReading({
        eventId: 'late',
        source: 'backfill',
        observedAt: start,
        numbers: { speed: 10, load: 0.5 },
      });
      await writer.writeReadings(readingBatch([now]));
      await writer.writeReadings(readingBatch([late], 1));
      const state = await reader.entity('bus', now.entityId);
      assert.deepEqual(state?.numbers, { speed: 30, load: 0.5 });
      assert.deepEqual(state?.fieldTimes, { speed: start + 10, load: start });
      assert.equal(state?.source, 'buses');
      await assertReadingsHeld(store, reader, 2);
    }));

  test('a field that its sender cleared is gone, keeps its time, and an older value does not bring it back', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const readings = [
        makeReading({ eventId: '1', observedAt: start, numbers: { speed: 1, load: 2 } }),
        makeReading({ eventId: '3', observedAt: start + 20, unset: ['speed'] }),
        makeReading({ eventId: '2', observedAt: start + 10, numbers: { speed: 5 } }),
      ];
      await writer.writeReadings(readingBatch(readings));
      const state = await reader.entity('bus', readings[0]?.entityId ?? '');
      assert.deepEqual(state?.numbers, { load: 2 });
      assert.equal(state?.fieldTimes.speed, start + 20);
    }));
}
