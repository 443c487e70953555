import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../../core/reading.ts';

import { makeReading } from '../../support/make-reading.ts';
import { mappedOrders, orderTable, stopTable } from './mapped-orders.ts';
import {
  assertReadingsHeld,
  readingBatch,
  type StoreWithTables,
  withStore,
} from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const second = 1_000_000;

type TablesFactory = () => Promise<StoreWithTables>;

/** The n-th thing that is heard of an order. */
function order(n: number, over: Partial<Reading> = {}): Reading {
  return makeReading({
    source: 'shop',
    entityType: 'order',
    entityId: 'A-1',
    eventId: `event-${n}`,
    observedAt: start + n * second,
    receivedAt: start + n * second + 7,
    ...over,
  });
}

const whole = order(0, {
  numbers: { items: 3, weight: 1.25 },
  flags: { paid: false },
  texts: {
    total: '1234567890123456.70',
    note: 'it\'s "so"\\, {here}',
    placedAt: '2026-11-20T10:15:00.25-05:00',
    day: '2026-11-20',
  },
  tags: { country: 'FI' },
  position: { lat: 60.17, lon: 24.94, altitude: 12.5 },
  zones: ['harbour', 'it\'s "b", c'],
});

const wholeRow = {
  order_id: 'A-1',
  total: '1234567890123456.70',
  total_text: '1234567890123456.70',
  items: '3',
  weight: '1.25',
  paid: 'false',
  note: 'it\'s "so"\\, {here}',
  placed_at: '2026-11-20T15:15:00.250000Z',
  day: '2026-11-20',
  country: 'FI',
  place: 'POINT(24.94 60.17)',
  lat: '60.17',
  altitude: '12.5',
  zones: '["harbour","it\'s \\"b\\", c"]',
  shop: 'shop',
  first_seen: '2023-11-14T22:13:20.000000Z',
  last_seen: '2023-11-14T22:13:20.000000Z',
  came: '2023-11-14T22:13:20.000007Z',
};

/** Each store has the same rows of the same readings, value by value. */
export function tablesContract(factory: TablesFactory): void {
  test('a row has each kind of value in its type, and money to the last digit', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ mapped: [orderTable] });
      await writer.writeReadings(readingBatch([whole]));
      assert.deepEqual(await store.tableRows(orderTable), [wholeRow]);
    }));

  test('what is not known is null, and what a sender cleared is null again', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ mapped: [orderTable] });
      const cleared = order(1, { unset: ['total', 'paid', 'country', 'position'] });
      await writer.writeReadings(readingBatch([whole, cleared, order(2, { entityId: 'A-2' })]));
      const [first, other] = await store.tableRows(orderTable);
      assert.deepEqual(first, {
        ...wholeRow,
        ...{ total: null, total_text: null, paid: null, country: null },
        ...{ place: null, lat: null, altitude: null, zones: '[]' },
        ...{ last_seen: '2023-11-14T22:13:21.000000Z', came: '2023-11-14T22:13:21.000007Z' },
      });
      assert.equal(other?.order_id, 'A-2');
      assert.equal(other?.items, null);
    }));

  test('a row of an entity is its newest values, and where the column says so its first', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({
        total: 'total',
        first_total: { field: 'total', update: false },
        first_seen: { field: 'observedAt', update: false },
      });
      const writer = await store.openWriter({ mapped: [plan] });
      const priced = (n: number, total: string) => order(n, { texts: { total } });
      await writer.writeReadings(readingBatch([priced(5, '5'), priced(9, '9'), priced(7, '7')]));
      await writer.writeReadings(readingBatch([priced(3, '3'), order(1)], 3));
      await writer.writeReadings(readingBatch([order(10, { unset: ['total'] })], 5));
      assert.deepEqual(await store.tableRows(plan), [
        {
          entity_id: 'A-1',
          total: null,
          first_total: '3',
          first_seen: '2023-11-14T22:13:21.000000Z',
        },
      ]);
    }));

  test('a row is there as long as all has a value that is required', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({ total: { field: 'total', required: true }, paid: 'paid' });
      const writer = await store.openWriter({ mapped: [plan] });
      await writer.writeReadings(readingBatch([order(1, { flags: { paid: true } })]));
      assert.deepEqual(await store.tableRows(plan), []);
      await writer.writeReadings(readingBatch([order(0, { texts: { total: '1.5' } })], 1));
      assert.deepEqual(await store.tableRows(plan), [
        { entity_id: 'A-1', total: '1.5', paid: 'true' },
      ]);
      await writer.writeReadings(readingBatch([order(2, { unset: ['total'] })], 2));
      assert.deepEqual(await store.tableRows(plan), []);
    }));

  test('promise 3: any order and repetition of readings, in any batches, ends in the rows of once in order', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({
        total: { field: 'total', type: 'numeric(20,4)' },
        note: { field: 'note', required: true },
        paid: 'paid',
        first_note: { field: 'note', update: false },
        first_seen: { field: 'observedAt', update: false },
        first_source: { field: 'source', update: false },
        seen: 'observedAt',
        source: 'source',
        place: 'position',
      });
      const writer = await store.openWriter({ mapped: [plan] });
      let offset = 0;
      let run = 0;
      const write = async (readings: readonly Reading[], entityId: string, size: number) => {
        for (let from = 0; from < readings.length; from += size) {
          const batch = readings.slice(from, from + size).map((one) => ({ ...one, entityId }));
          await writer.writeReadings(readingBatch(batch, offset));
          offset += batch.length;
        }
      };
      await fc.assert(
        fc.asyncProperty(history, fc.integer({ min: 1, max: 9 }), async ({ once, mixed }, size) => {
          const [a, b] = [`once-${run}`, `mixed-${run++}`];
          await write(once, a, once.length);
          await write(mixed, b, size);
          const rows = await store.tableRows(plan);
          const rowOf = (id: string) => {
            const { entity_id: _, ...rest } = rows.find((row) => row.entity_id === id) ?? {};
            return rest;
          };
          assert.deepEqual(rowOf(b), rowOf(a));
        }),
        { numRuns: 40 },
      );
    }));

  test('promise 4: a reading that fits no column is refused alone, whatever came before it, and its neighbours have rows', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({
        total: { field: 'total', type: 'numeric(7,2)' },
        items: { field: 'items', type: 'integer' },
        placed_at: { field: 'placedAt', type: 'timestamptz' },
      });
      const writer = await store.openWriter({ mapped: [plan] });
      const bad = [
        order(2, { texts: { total: '123456.00' } }),
        order(3, { texts: { total: '1.005' } }),
        order(4, { numbers: { items: 1.5 } }),
        order(5, { texts: { placedAt: 'yesterday' } }),
        // Older than what the row has: it would not show, and is refused all the same.
        order(0, { texts: { total: 'much' } }),
      ];
      const good = order(1, { texts: { total: '99999.99' }, numbers: { items: 2 } });
      const batch = readingBatch([good, ...bad, order(6, { texts: { total: '7.50' } })]);
      const refusals = await writer.writeReadings(batch);
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [1, 2, 3, 4, 5],
      );
      assert.match(
        refusals[0]?.detail ?? '',
        /total should fit the column total of the table orders \(numeric\(7,2\), with nothing rounded away\); it is "123456.00"/,
      );
      assert.deepEqual(await store.tableRows(plan), []);
      assert.deepEqual(await writer.writeReadings(batch, [1, 2, 3, 4, 5]), []);
      const { sources } = await writer.account();
      assert.deepEqual(sources, { shop: { stored: 2, expired: 0, deadLettered: 5 } });
      const [row] = await store.tableRows(plan);
      assert.deepEqual(row, { entity_id: 'A-1', total: '7.50', items: '2', placed_at: null });
    }));

  test('promise 4: a row that the database refuses is a record refused alone', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({ total: 'total' });
      const writer = await store.openWriter({ mapped: [plan] });
      await store.refuseRow('orders', 'total', '13');
      const readings = Array.from({ length: 20 }, (_, n) =>
        order(n, { entityId: `A-${n}`, texts: { total: String(n) } }),
      );
      const batch = readingBatch(readings);
      const refusals = await writer.writeReadings(batch);
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [13],
      );
      assert.match(refusals[0]?.detail ?? '', /no thirteen/);
      await writer.writeReadings(batch, [13]);
      const rows = await store.tableRows(plan);
      assert.equal(rows.length, 19);
      assert.ok(!rows.some((row) => row.total === '13'));
    }));

  test('a table of readings has a row for each, once', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ mapped: [stopTable] });
      const readings = [0, 1, 2].map((n) => order(n, { numbers: { items: n } }));
      const twin = order(2, { entityId: 'A-2', numbers: { items: 9 } });
      const without = order(8);
      await writer.writeReadings(readingBatch([...readings, twin, without, ...readings]));
      await writer.writeReadings(readingBatch(readings, 8));
      const rows = await store.tableRows(stopTable);
      assert.deepEqual(
        rows.map((row) => [row.entity_id, row.event_id, row.items]),
        [
          ['A-1', 'event-0', '0'],
          ['A-1', 'event-1', '1'],
          ['A-1', 'event-2', '2'],
          ['A-2', 'event-2', '9'],
        ],
      );
      assert.equal(rows[1]?.seen, '2023-11-14T22:13:21.000000Z');
    }));

  test('rows of readings go when their table keeps them no longer', () =>
    withStore(factory, async (store) => {
      const plan = { ...stopTable, keepMs: 60_000 };
      const writer = await store.openWriter({ mapped: [plan] });
      const readings = [0, 1, 59, 60, 61].map((n) => order(n, { numbers: { items: n } }));
      await writer.writeReadings(readingBatch(readings));
      assert.equal(await writer.prune(start / 1000 + 120_000), 3);
      assert.equal(await writer.prune(start / 1000 + 120_000), 0);
      const rows = await store.tableRows(plan);
      assert.deepEqual(
        rows.map(({ items }) => items),
        ['60', '61'],
      );
    }));

  test('a reading that is refused by a table is nowhere in the store', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({ items: { field: 'items', type: 'integer' } });
      const writer = await store.openWriter({ mapped: [plan] });
      const reader = await store.openReader();
      const batch = readingBatch([order(1, { numbers: { items: 2 ** 31 } })]);
      await writer.writeReadings(batch);
      await writer.writeReadings(batch, [0]);
      await assertReadingsHeld(store, reader, 0);
      assert.equal(await reader.entity('order', 'A-1'), undefined);
    }));
}

/** Readings of one order with times and sequence numbers of their own, and the same again, mixed and repeated. */
const history = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 5 }),
      total: fc.option(fc.constantFrom('0', '1.5', '2.0001', '-3e2'), { nil: undefined }),
      note: fc.option(fc.constantFrom('a', 'b', ''), { nil: undefined }),
      paid: fc.option(fc.boolean(), { nil: undefined }),
      unset: fc.subarray(['total', 'note', 'paid', 'position']),
      lat: fc.option(fc.integer({ min: -90, max: 90 }), { nil: undefined }),
      source: fc.constantFrom('shop', 'bank'),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) =>
    parts.map(({ at, total, note, paid, unset, lat, source }, n) => {
      const given = { total, note, paid, position: lat };
      return order(at, {
        eventId: `event-${n}`,
        seq: n,
        source,
        texts: { ...(total !== undefined && { total }), ...(note !== undefined && { note }) },
        flags: paid === undefined ? {} : { paid },
        unset: unset.filter((name) => given[name as keyof typeof given] === undefined),
        position: lat === undefined ? null : { lat, lon: 1, altitude: null },
      });
    }),
  )
  .chain((once) =>
    fc
      .tuple(
        fc.shuffledSubarray(once, { minLength: once.length }),
        fc.array(fc.constantFrom(...once), { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
      )
      .map(([all, again, picks]) => {
        const mixed = [...all];
        for (const reading of again) {
          const pick = picks.next().value ?? 0;
          mixed.splice(pick % (mixed.length + 1), 0, reading);
        }
        return { once, mixed };
      }),
  );
