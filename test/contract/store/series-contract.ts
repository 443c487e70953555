import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../../core/reading.ts';
import type { SeriesFunction, SeriesQuery, StoreReader } from '../../../stores/store.ts';
import { makeReading } from '../../support/make-reading.ts';
import { readingBatch, type StoreFactory, withStore } from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const functions = ['mean', 'min', 'max', 'last', 'count', 'p95'] as const;

const someReadings = fc
  .uniqueArray(
    fc.record({
      observedAt: fc.integer({ min: 0, max: 600 }).map((n) => start + n * 500_000),
      seq: fc.integer({ min: 0, max: 2 }),
      numbers: fc.dictionary(fc.constant('speed'), fc.integer({ min: -99, max: 99 }), {
        noNullPrototype: true,
      }),
    }),
    // As the enricher numbers them: one reading for an entity, time and seq.
    { minLength: 1, maxLength: 60, selector: ({ observedAt, seq }) => `${observedAt}/${seq}` },
  )
  .map((parts) =>
    parts.map((part, n) =>
      makeReading({ eventId: `e${n}`, entityId: 'x', flags: { open: true }, ...part }),
    ),
  );

const order = (a: Reading, b: Reading) =>
  a.observedAt - b.observedAt || a.seq - b.seq || (a.eventId < b.eventId ? -1 : 1);

function naive(readings: readonly Reading[], everyMs: number, fn: SeriesFunction) {
  const windows = new Map<number, Reading[]>();
  for (const reading of [...readings].sort(order)) {
    const window = Math.floor(reading.observedAt / 1000 / everyMs) * everyMs;
    windows.set(window, [...(windows.get(window) ?? []), reading]);
  }
  const values = (held: readonly Reading[]) =>
    held.map(({ numbers }) => numbers.speed ?? Number.NaN);
  const value = (held: readonly Reading[]) => {
    const numbers = values(held);
    const sorted = [...numbers].sort((a, b) => a - b);
    if (fn === 'mean') return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    if (fn === 'min') return sorted[0];
    if (fn === 'max') return sorted.at(-1);
    if (fn === 'last') return numbers.at(-1);
    return fn === 'count' ? numbers.length : sorted[Math.round((numbers.length * 95) / 100) - 1];
  };
  return {
    points: [...windows].map(([window, held]) => [window, value(held)]),
    band: [...windows].map(([, held]) => [Math.min(...values(held)), Math.max(...values(held))]),
  };
}

async function seriesOf(reader: StoreReader, over: Partial<SeriesQuery>) {
  const series = await reader.series({
    entities: [{ entityType: 'bus', entityId: 'x' }],
    fields: ['speed'],
    from: start,
    to: start + 3600_000_000,
    fn: 'mean',
    maxPoints: 1000,
    ...over,
  });
  return series[0];
}

export function seriesContract(factory: StoreFactory): void {
  test('windows hold what a naive model says, for every function; gaps stay gaps', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      let run = 0;
      const property = fc.asyncProperty(
        someReadings,
        fc.constantFrom(1000, 7000, 60_000),
        async (readings, everyMs) => {
          const entityId = `x-${run++}`;
          const own = readings.map((reading) => ({ ...reading, entityId }));
          await writer.writeReadings(readingBatch(own, run * 100));
          const held = own.filter(({ numbers }) => numbers.speed !== undefined);
          for (const fn of functions) {
            const entities = [{ entityType: 'bus', entityId }];
            const series = await seriesOf(reader, { entities, fn, everyMs });
            const { points, band } = naive(held, everyMs, fn);
            assert.equal(series?.everyMs, everyMs);
            assert.deepEqual(series?.points, points);
            assert.deepEqual(series?.band, band);
          }
        },
      );
      await fc.assert(property, { numRuns: 100 });
    }));

  test('few readings come as they are, too many in windows that fit', () =>
    withStore(factory, async (store) => {
      const readings = Array.from({ length: 500 }, (_, n) =>
        makeReading({
          eventId: `e${n}`,
          entityId: 'x',
          observedAt: start + n * 1_000_000,
          numbers: { speed: n },
        }),
      );
      await (await store.openWriter()).writeReadings(readingBatch(readings));
      const reader = await store.openReader();
      const all = await seriesOf(reader, { maxPoints: 500 });
      assert.equal(all?.everyMs, null);
      assert.equal(all?.band, null);
      assert.deepEqual(all?.points.slice(0, 2), [
        [start / 1000, 0],
        [start / 1000 + 1000, 1],
      ]);
      assert.equal(all?.points.length, 500);
      for (const maxPoints of [1, 7, 100, 499]) {
        const fewer = await seriesOf(reader, { maxPoints });
        assert.ok(fewer && fewer.everyMs !== null);
        assert.ok(fewer.points.length <= maxPoints && fewer.points.length > 0);
        assert.equal(fewer.band?.length, fewer.points.length);
        const asked = await seriesOf(reader, { maxPoints, everyMs: 1000 });
        assert.ok(asked && asked.points.length <= maxPoints);
      }
    }));

  test('from is in, to is out, and fields that are not there make no points', () =>
    withStore(factory, async (store) => {
      const at = [0, 1, 2].map((n) =>
        makeReading({
          eventId: `e${n}`,
          entityId: 'x',
          observedAt: start + n,
          numbers: { speed: n },
        }),
      );
      await (await store.openWriter()).writeReadings(readingBatch(at));
      const reader = await store.openReader();
      const part = await seriesOf(reader, { from: start + 1, to: start + 2 });
      assert.deepEqual(part?.points, [[(start + 1) / 1000, 1]]);
      assert.deepEqual((await seriesOf(reader, { fields: ['constructor'] }))?.points, []);
      assert.equal(
        await seriesOf(reader, { entities: [{ entityType: 'bus', entityId: 'none' }] }),
        undefined,
      );
    }));

  test('flags and texts have a last and a count in windows, and no mean', () =>
    withStore(factory, async (store) => {
      const readings = [true, false, true].map((open, n) =>
        makeReading({
          eventId: `e${n}`,
          entityId: 'x',
          observedAt: start + n * 400_000,
          flags: { open },
          texts: { line: `${n}` },
          position: { lat: 60 + n, lon: 24, altitude: null },
        }),
      );
      await (await store.openWriter()).writeReadings(readingBatch(readings));
      const reader = await store.openReader();
      const fields = (fn: SeriesFunction, everyMs: number) =>
        Promise.all(
          ['open', 'line', 'lat'].map((field) =>
            seriesOf(reader, { fields: [field], fn, everyMs }),
          ),
        );
      const last = await fields('last', 60_000);
      assert.deepEqual(
        last.map((series) => series?.points[0]?.[1]),
        [true, '2', 62],
      );
      assert.deepEqual(
        last.map((series) => series?.band),
        [null, null, [[60, 62]]],
      );
      const count = await fields('count', 60_000);
      assert.deepEqual(
        count.map((series) => series?.points[0]?.[1]),
        [3, 3, 3],
      );
      const mean = await fields('mean', 60_000);
      assert.deepEqual(
        mean.map((series) => series?.points.length),
        [0, 0, 1],
      );
    }));
}
