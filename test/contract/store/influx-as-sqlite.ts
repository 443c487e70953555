import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../../core/reading.ts';
import { makeReading } from '../../support/make-reading.ts';
import type { InfluxUnderTest } from './influx-store-under-test.ts';
import { sqliteStore } from './sqlite-store-under-test.ts';
import { readingBatch } from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const entityIds = ['a', 'b', 'c'];
const fields = [
  'speed',
  'load',
  'open',
  'line',
  'operator',
  'lat',
  'altitude',
  'nothing',
  'source',
];
const functions = ['mean', 'min', 'max', 'last', 'count', 'p95'] as const;
const options = { noNullPrototype: true } as const;

/** Each with a value at least: one without makes no point. Whole numbers: sums differ in no last digit. */
const someReading = fc.record({
  entityId: fc.constantFrom(...entityIds),
  observedAt: fc.integer({ min: 0, max: 5000 }).map((n) => start + n * 333_333),
  seq: fc.integer({ min: 0, max: 3 }),
  numbers: fc
    .dictionary(fc.constantFrom('speed', 'load'), fc.integer({ min: -9999, max: 9999 }), options)
    .map((numbers) => ({ always: 1, ...numbers })),
  flags: fc.dictionary(fc.constant('open'), fc.boolean(), options),
  texts: fc.dictionary(fc.constant('line'), fc.string({ maxLength: 5 }), options),
  tags: fc.dictionary(fc.constant('operator'), fc.constantFrom('22', '9'), options),
  position: fc.option(
    fc.record({
      lat: fc.integer({ min: -90, max: 90 }),
      lon: fc.integer({ min: -180, max: 180 }),
      altitude: fc.option(fc.integer({ min: 0, max: 100 })),
    }),
  ),
});
const someQuery = fc.record(
  {
    from: fc.integer({ min: -1000, max: 4000 }).map((n) => start + n * 333_333),
    to: fc.integer({ min: 1000, max: 6000 }).map((n) => start + n * 333_333),
    everyMs: fc.constantFrom(1, 1000, 7000, 60_000, 86_400_000 * 7),
    fn: fc.constantFrom(...functions),
    maxPoints: fc.constantFrom(1, 3, 10, 100, 1000),
  },
  { requiredKeys: ['from', 'to', 'fn', 'maxPoints'] },
);

export function influxAsSqliteContract(factory: () => Promise<InfluxUnderTest>): void {
  test('promise 6: series are those of the SQLite store, whatever is asked', async () => {
    const [influx, sqlite] = await Promise.all([factory(), sqliteStore()]);
    const writers = [await influx.openWriter(), await sqlite.openWriter()];
    const readers = [await influx.openReader(), await sqlite.openReader()];
    let run = 0;
    const property = fc.asyncProperty(
      fc.uniqueArray(someReading, {
        minLength: 1,
        maxLength: 150,
        selector: ({ entityId, observedAt, seq }) => `${entityId}/${observedAt}/${seq}`,
      }),
      fc.array(someQuery, { minLength: 5, maxLength: 10 }),
      async (parts, queries) => {
        const entityType = `bus-${run++}`;
        const readings = parts.map(
          (part, n): Reading => makeReading({ eventId: `e${n}`, entityType, ...part }),
        );
        const batch = readingBatch(readings, run * 1000);
        for (const writer of writers) await writer.writeReadings(batch);
        for (const query of queries) {
          const entities = [...entityIds, 'unknown'].map((entityId) => ({ entityType, entityId }));
          const asked = { ...query, entities, fields };
          const [ofInflux, ofSqlite] = await Promise.all(readers.map((one) => one.series(asked)));
          assert.deepEqual(ofInflux, ofSqlite);
        }
      },
    );
    try {
      await fc.assert(property, { numRuns: 20 });
    } finally {
      await influx.remove();
      await sqlite.remove();
    }
  });
}
