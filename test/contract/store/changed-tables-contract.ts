import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../../core/reading.ts';
import { makeReading } from '../../support/make-reading.ts';
import { mappedOrders } from './mapped-orders.ts';
import { readingBatch, type StoreWithTables, withStore } from './store-under-test.ts';

type TablesFactory = () => Promise<StoreWithTables>;

const start = 1_700_000_000_000_000;

function order(n: number, over: Partial<Reading> = {}): Reading {
  return makeReading({
    source: 'shop',
    entityType: 'order',
    entityId: `A-${n}`,
    eventId: `event-${n}`,
    observedAt: start + n,
    ...over,
  });
}

const priced = (n: number, total: string) =>
  order(n, { texts: { total, note: `note ${n}` }, flags: { paid: n % 2 === 0 } });

const differs = (message: RegExp) => (error: Error & { code?: string }) => {
  assert.equal(error.code, 'TABLE_DIFFERS');
  assert.match(error.message, message);
  return true;
};

/** What becomes of tables when the configuration changes, or when they were there before. */
export function changedTablesContract(factory: TablesFactory): void {
  test('a table that is new has the rows of what was known already', () =>
    withStore(factory, async (store) => {
      const first = await store.openWriter();
      await first.writeReadings(readingBatch([priced(1, '1.50'), priced(2, 'much')]));
      await first.close();
      const plan = mappedOrders({ total: { field: 'total', type: 'numeric(9,2)' } });
      const notes: string[] = [];
      await store.openWriter({ mapped: [plan], onMapped: (note) => notes.push(note) });
      assert.deepEqual(await store.tableRows(plan), [
        { entity_id: 'A-1', total: '1.50' },
        { entity_id: 'A-2', total: null },
      ]);
      assert.match(
        notes.join('\n'),
        /was made.*\n.*2 rows of what was known already.*\n.*1 values from before don't fit the column total/,
      );
    }));

  test('a column that is new is filled, one that is gone is left, and a later start changes nothing', () =>
    withStore(factory, async (store) => {
      const first = await store.openWriter({
        mapped: [mappedOrders({ total: { field: 'total', required: true } })],
      });
      await first.writeReadings(readingBatch([priced(1, '1'), priced(2, '2')]));
      await first.close();
      const plan = mappedOrders({ note: { field: 'note', required: true }, paid: 'paid' });
      const second = await store.openWriter({ mapped: [plan] });
      await second.writeReadings(readingBatch([order(3, { texts: { note: 'three' } })], 2));
      await second.close();
      const notes: string[] = [];
      const third = await store.openWriter({
        mapped: [plan],
        onMapped: (note) => notes.push(note),
      });
      assert.deepEqual(notes, []);
      assert.deepEqual((await third.account()).sources.shop?.stored, 3);
      const all = mappedOrders({ note: 'note', paid: 'paid', total: 'total' });
      assert.deepEqual(await store.tableRows(all), [
        { entity_id: 'A-1', note: 'note 1', paid: 'false', total: '1' },
        { entity_id: 'A-2', note: 'note 2', paid: 'true', total: '2' },
        { entity_id: 'A-3', note: 'three', paid: null, total: null },
      ]);
    }));

  test('a column that is filled from another field now has its values', () =>
    withStore(factory, async (store) => {
      const first = await store.openWriter({ mapped: [mappedOrders({ text: 'note' })] });
      await first.writeReadings(readingBatch([priced(1, '1.25')]));
      await first.close();
      const plan = mappedOrders({ text: { field: 'total', type: 'text' } });
      await store.openWriter({ mapped: [plan] });
      assert.deepEqual(await store.tableRows(plan), [{ entity_id: 'A-1', text: '1.25' }]);
    }));

  test('a column of another type refuses the start, says what to do, and nothing is changed', () =>
    withStore(factory, async (store) => {
      const plan = mappedOrders({ total: { field: 'total', type: 'numeric(9,2)' } });
      const first = await store.openWriter({ mapped: [plan] });
      await first.writeReadings(readingBatch([priced(1, '1')]));
      await first.close();
      const other = mappedOrders({ total: { field: 'total', type: 'text' }, note: 'note' });
      await assert.rejects(
        store.openWriter({ mapped: [other] }),
        differs(/column total of type numeric\(9,2\); the configuration has it of type text/),
      );
      const again = await store.openWriter({ mapped: [plan] });
      await again.writeReadings(readingBatch([priced(1, '2')], 1));
      assert.deepEqual(await store.tableRows(plan), [{ entity_id: 'A-1', total: '1.00' }]);
    }));

  test('a table of somebody else that does not fit refuses the start, with all that is in the way', () =>
    withStore(factory, async (store) => {
      await (await store.openWriter()).close();
      await store.run(
        'CREATE TABLE {schema}orders (entity_id text NOT NULL, total integer, branch text NOT NULL)',
      );
      await assert.rejects(
        store.openWriter({ mapped: [mappedOrders({ total: { field: 'total', type: 'text' } })] }),
        differs(
          /column total of type integer[\s\S]*column branch[\s\S]*one row for each entity_id|column total of type INTEGER[\s\S]*one row for each entity_id[\s\S]*column branch/,
        ),
      );
    }));

  test('a table of somebody else that fits is used as it is', () =>
    withStore(factory, async (store) => {
      await (await store.openWriter()).close();
      await store.run(
        "CREATE TABLE {schema}orders (note text, entity_id text NOT NULL UNIQUE, branch text DEFAULT 'north')",
      );
      const plan = mappedOrders({ note: 'note', paid: 'paid' });
      const writer = await store.openWriter({ mapped: [plan] });
      await writer.writeReadings(readingBatch([priced(2, '2')]));
      const branch = mappedOrders({ note: 'note', paid: 'paid', branch: 'note' });
      assert.deepEqual(await store.tableRows(branch), [
        { entity_id: 'A-2', note: 'note 2', paid: 'true', branch: 'north' },
      ]);
    }));

  test('a column of somebody else that must have a value is not changed for us', () =>
    withStore(factory, async (store) => {
      await (await store.openWriter()).close();
      await store.run(
        "CREATE TABLE {schema}orders (entity_id text PRIMARY KEY, note text NOT NULL DEFAULT '')",
      );
      await assert.rejects(
        store.openWriter({ mapped: [mappedOrders({ note: 'note' })] }),
        differs(/column note, which must have a value; the configuration lets it have none/),
      );
      const plan = mappedOrders({ note: { field: 'note', required: true } });
      const writer = await store.openWriter({ mapped: [plan] });
      await writer.writeReadings(readingBatch([priced(1, '1')]));
      assert.deepEqual(await store.tableRows(plan), [{ entity_id: 'A-1', note: 'note 1' }]);
    }));

  test('rows of readings that lack what is required now refuse the start', () =>
    withStore(factory, async (store) => {
      const rows = { rows: 'reading' } as const;
      const first = await store.openWriter({ mapped: [mappedOrders({ note: 'note' }, rows)] });
      await first.writeReadings(readingBatch([priced(1, '1')]));
      await first.close();
      const plan = mappedOrders({ total: { field: 'total', required: true } }, rows);
      await assert.rejects(
        store.openWriter({ mapped: [plan] }),
        differs(
          /has rows (?:of readings )?without total, which the configuration says is required/,
        ),
      );
    }));
}
