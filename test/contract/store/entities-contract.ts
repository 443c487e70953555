import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { enrichedTopic } from '../../../core/topics.ts';
import type { Box, EntityQuery, StoreReader } from '../../../stores/store.ts';
import { makeReading } from '../../support/make-reading.ts';
import {
  assertReadingsHeld,
  readingBatch,
  type StoreFactory,
  type StoreUnderTest,
  withStore,
} from './store-under-test.ts';

type Places = Readonly<Record<string, readonly [lon: number, lat: number]>>;

async function placed(store: StoreUnderTest, places: Places): Promise<StoreReader> {
  const writer = await store.openWriter();
  const readings = Object.entries(places).map(([entityId, [lon, lat]]) =>
    makeReading({ eventId: entityId, entityId, position: { lat, lon, altitude: null } }),
  );
  await writer.writeReadings(readingBatch(readings));
  return store.openReader();
}

async function idsOf(reader: StoreReader, query: Partial<EntityQuery>): Promise<string[]> {
  const { items } = await reader.entities({ limit: 1000, ...query });
  return items.map(({ entityId }) => entityId);
}

const inside = ({ west, south, east, north }: Box, lon: number, lat: number) =>
  lat >= south &&
  lat <= north &&
  (west <= east ? lon >= west && lon <= east : lon >= west || lon <= east);

export function entitiesContract(factory: StoreFactory): void {
  test('a store that no writer has opened is empty to a reader', () =>
    withStore(factory, async (store) => {
      const reader = await store.openReader();
      assert.deepEqual(await reader.entities({ limit: 10 }), { items: [], nextCursor: null });
      assert.deepEqual(await reader.snapshot({}), { entities: [], offsets: {} });
      assert.deepEqual(await reader.account(), { offsets: {}, sources: {} });
      assert.equal(await reader.entity('bus', '1'), undefined);
      assert.deepEqual(await reader.deadLetterGroups({}), []);
      const writer = await store.openWriter();
      await writer.writeReadings(readingBatch([makeReading()]));
      await assertReadingsHeld(store, reader, 1);
    }));

  test('a box finds the entities in it, across the antimeridian too', async () => {
    const someLon = fc.integer({ min: -180, max: 179 });
    const someLat = fc.integer({ min: -90, max: 90 });
    await withStore(factory, async (store) => {
      const spots = fc.sample(fc.tuple(someLon, someLat), { numRuns: 150, seed: 7 });
      const places: Places = Object.fromEntries(spots.map((spot, n) => [`e${n}`, spot]));
      const reader = await placed(store, places);
      await fc.assert(
        fc.asyncProperty(someLon, someLon, someLat, someLat, async (west, east, one, other) => {
          const box = { west, east, south: Math.min(one, other), north: Math.max(one, other) };
          const expected = Object.entries(places).filter(([, [lon, lat]]) => inside(box, lon, lat));
          assert.deepEqual(
            (await idsOf(reader, { box })).sort(),
            expected.map(([id]) => id).sort(),
          );
        }),
        { numRuns: 60 },
      );
    });
  });

  test('an entity that moves is found where it is and nowhere else', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const steps = [24, 24.0005, 24.001, 25, 24.0005];
      for (const [n, lon] of steps.entries()) {
        const position = { lat: 60, lon, altitude: null };
        await writer.writeReadings(
          readingBatch([makeReading({ eventId: `${n}`, observedAt: 1e15 + n, position })], n),
        );
        for (const other of steps) {
          const box = { west: other - 1e-5, east: other + 1e-5, south: 59.9999, north: 60.0001 };
          assert.equal((await idsOf(reader, { box })).length, other === lon ? 1 : 0);
        }
      }
    }));

  test('near finds the entities within the distance, over poles and antimeridian', () =>
    withStore(factory, async (store) => {
      const reader = await placed(store, {
        home: [24.94, 60.17],
        'a kilometre off': [24.958, 60.17],
        'north pole': [0, 90],
        beyond: [180, 89.995],
        fiji: [179.999, -17],
        'fiji east': [-179.999, -17],
      });
      const near = (lon: number, lat: number, withinMetres: number) =>
        idsOf(reader, { near: { lon, lat, withinMetres } });
      assert.deepEqual(await near(24.94, 60.17, 900), ['home']);
      assert.deepEqual(await near(24.94, 60.17, 1100), ['a kilometre off', 'home']);
      assert.deepEqual(await near(0, 89.999, 1000), ['beyond', 'north pole']);
      assert.deepEqual(await near(-179.9995, -17, 300), ['fiji', 'fiji east']);
      assert.equal((await near(0, 0, 21_000_000)).length, 6);
    }));

  test('type and zone narrow the answer, and a zone left is left', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const position = { lat: 60, lon: 24, altitude: null };
      await writer.writeReadings(
        readingBatch([
          makeReading({ eventId: '1', entityId: 'a', position, zones: ['harbour', 'centre'] }),
          makeReading({ eventId: '2', entityId: 'b', position, zones: ['centre'] }),
          makeReading({
            eventId: '3',
            entityType: 'tram',
            entityId: 'c',
            position,
            zones: ['centre'],
          }),
        ]),
      );
      assert.deepEqual(await idsOf(reader, { zone: 'centre' }), ['a', 'b', 'c']);
      assert.deepEqual(await idsOf(reader, { zone: 'centre', entityType: 'tram' }), ['c']);
      const moved = makeReading({
        eventId: '4',
        entityId: 'a',
        observedAt: 1.8e15,
        position,
        zones: ['harbour'],
      });
      await writer.writeReadings(readingBatch([moved], 3));
      assert.deepEqual(await idsOf(reader, { zone: 'centre' }), ['b', 'c']);
      assert.deepEqual(await idsOf(reader, { zone: 'harbour' }), ['a']);
    }));

  test('pages follow one another without gap or repeat, whatever ids hold', () =>
    withStore(factory, async (store) => {
      const ids = ['a/b', 'ä', '%', '', 'z', '0', '10', '9', "'; --", '日'];
      const reader = await placed(store, Object.fromEntries(ids.map((id, n) => [id, [n, n]])));
      const seen: string[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await reader.entities({ limit: 3, ...(cursor ? { cursor } : {}) });
        assert.ok(page.items.length <= 3 && page.items.length > 0);
        seen.push(...page.items.map(({ entityId }) => entityId));
        cursor = page.nextCursor;
      }
      assert.equal(seen.length, ids.length);
      assert.deepEqual(new Set(seen), new Set(ids));
      await assert.rejects(reader.entities({ limit: 3, cursor: 'none' }), {
        code: 'INPUT_INVALID',
      });
    }));

  test('a snapshot holds exactly what its offsets say, while a writer goes on', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const writing = (async () => {
        for (let n = 0; n < 200; n++)
          await writer.writeReadings(
            readingBatch([makeReading({ eventId: `${n}`, entityId: `${n}`, numbers: { n } })], n),
          );
      })();
      let offset = 0;
      while (offset < 200) {
        const { entities, offsets } = await reader.snapshot({});
        offset = offsets[enrichedTopic]?.[0] ?? 0;
        assert.equal(entities.length, offset);
      }
      await writing;
    }));
}
