import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeReading } from '../../support/make-reading.ts';
import {
  assertReadingsHeld,
  readingBatch,
  type StoreFactory,
  withStore,
} from './store-under-test.ts';

const start = 1_700_000_000_000_000;

function drive(entityIds: readonly string[]) {
  return entityIds.map((entityId, n) =>
    makeReading({ eventId: `event-${n}`, entityId, observedAt: start + n, numbers: { speed: n } }),
  );
}

export function refusalContract(factory: StoreFactory): void {
  test('promise 4: a record that the database refuses is found alone, and nothing is written before it is set aside', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      await store.refuseEntity('bad');
      const entityIds = Array.from({ length: 40 }, (_, n) =>
        n === 7 || n === 31 ? 'bad' : `good-${n % 5}`,
      );
      const batch = readingBatch(drive(entityIds));

      const refusals = await writer.writeReadings(batch);
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [7, 31],
      );
      assert.match(refusals[0]?.detail ?? '', /refused here/);
      assert.deepEqual(await writer.account(), { offsets: {}, sources: {} });
      await assertReadingsHeld(store, reader, 0);

      assert.deepEqual(await writer.writeReadings(batch, [7, 31]), []);
      const { sources, offsets } = await writer.account();
      assert.deepEqual(sources, { buses: { stored: 38, expired: 0, deadLettered: 2 } });
      assert.deepEqual(offsets, { [batch.topic]: { 0: 40 } });
      await assertReadingsHeld(store, reader, 38);
      if (!store.keeps.includes('latest')) return;
      assert.equal(await reader.entity('bus', 'bad'), undefined);
      assert.equal((await reader.entity('bus', 'good-0'))?.numbers.speed, 35);
    }));

  test('a record that is no reading is refused, and counted under no source that it names by chance', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const batch = readingBatch(drive(['a', 'b', 'c']));
      const [first, , third] = batch.records;
      assert.ok(first && third);
      const broken = { ...first, offset: 1, value: Buffer.from('no reading') };
      const damaged = { ...batch, records: [first, broken, third] };
      const refusals = await writer.writeReadings(damaged);
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [1],
      );
      await writer.writeReadings(damaged, [1]);
      const { sources } = await writer.account();
      assert.equal(sources.buses?.stored, 2);
      assert.equal(sources.unknown?.deadLettered, 1);
    }));
}

/** For stores that keep the latest. */
export function refusalLatestContract(factory: StoreFactory): void {
  test('after a refusal the latest goes on from what is stored', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      await writer.writeReadings(readingBatch(drive(['a', 'b'])));
      await store.refuseEntity('bad');
      const second = drive(['x', 'x', 'a', 'bad']).slice(2);
      await writer.writeReadings(readingBatch(second, 2));
      // The refused batch never comes again; its reading of `a` must not show.
      await writer.writeReadings({
        ...readingBatch(
          [
            makeReading({
              eventId: 'late',
              entityId: 'a',
              observedAt: start - 1,
              flags: { late: true },
            }),
          ],
          2,
        ),
      });
      const a = await reader.entity('bus', 'a');
      assert.deepEqual(a?.numbers, { speed: 0 });
      assert.deepEqual(a?.flags, { late: true });
    }));
}
