import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrichedTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import {
  assertReadingsHeld,
  readingBatch,
  type StoreFactory,
  wholeStore,
  withStore,
} from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const second = 1_000_000;

/** `count` readings a second apart, of `entities` buses in turn. */
function drive(count: number, entities: number) {
  return Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `event-${n}`,
      entityId: `bus-${n % entities}`,
      observedAt: start + n * second,
      numbers: { speed: n },
    }),
  );
}

const speedOf = (entities: number) => ({
  entities: Array.from({ length: entities }, (_, n) => ({
    entityType: 'bus',
    entityId: `bus-${n}`,
  })),
  fields: ['speed'],
});

export function writingContract(factory: StoreFactory): void {
  test('a batch written twice leaves the rows and counts of one', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const batch = readingBatch(drive(50, 7));
      await writer.writeReadings(batch);
      const once = await wholeStore(store, reader, speedOf(7));
      const account = await writer.account();
      await writer.writeReadings(batch);
      await assertReadingsHeld(store, reader, 50);
      assert.deepEqual(await wholeStore(store, reader, speedOf(7)), once);
      assert.deepEqual(await writer.account(), account);
      assert.deepEqual(account.sources, { buses: { stored: 50, expired: 0, deadLettered: 0 } });
    }));

  test('a reading that comes again at a later offset makes no row, and is counted as stored', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const readings = drive(20, 3);
      await writer.writeReadings(readingBatch(readings));
      await writer.writeReadings(readingBatch(readings, 20));
      await assertReadingsHeld(store, reader, 20);
      assert.equal((await writer.account()).sources.buses?.stored, 40);
    }));

  test('the topic read again into a fresh store gives the same rows', async () => {
    const readings = drive(60, 5);
    const seen: unknown[] = [];
    for (const size of [60, 7]) {
      await withStore(factory, async (store) => {
        const writer = await store.openWriter();
        for (let from = 0; from < readings.length; from += size)
          await writer.writeReadings(readingBatch(readings.slice(from, from + size), from));
        seen.push(await wholeStore(store, await store.openReader(), speedOf(5)));
      });
    }
    assert.deepEqual(seen[0], seen[1]);
  });

  test('offsets are kept by partition, survive the writer, and records before them are skipped', () =>
    withStore(factory, async (store) => {
      const first = await store.openWriter();
      await first.writeReadings(readingBatch(drive(10, 2), 0, 3));
      await first.close();
      const writer = await store.openWriter();
      assert.deepEqual((await writer.account()).offsets, { [enrichedTopic]: { 3: 10 } });
      const overlapping = readingBatch(drive(15, 2).slice(5), 5, 3);
      await writer.writeReadings(overlapping);
      const { offsets, sources } = await writer.account();
      assert.deepEqual(offsets, { [enrichedTopic]: { 3: 15 } });
      assert.equal(sources.buses?.stored, 15);
    }));

  test('a batch without records moves the offset over a gap', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      await writer.writeReadings({ ...readingBatch([]), nextOffset: 42 });
      assert.deepEqual((await writer.account()).offsets, { [enrichedTopic]: { 0: 42 } });
    }));

  test('a reading older than history keeps is counted as expired and stored nowhere', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ historyMs: 60_000, now: () => start + 100 * second });
      const reader = await store.openReader();
      await writer.writeReadings(readingBatch(drive(100, 100)));
      const { sources } = await writer.account();
      assert.deepEqual(sources, { buses: { stored: 60, expired: 40, deadLettered: 0 } });
      await assertReadingsHeld(store, reader, 60);
      if (!store.keeps.includes('latest')) return;
      assert.equal(await reader.entity('bus', 'bus-39'), undefined);
      assert.equal((await reader.entity('bus', 'bus-40'))?.numbers.speed, 40);
    }));
}

/** For stores that keep history and delete it themselves. */
export function pruningContract(factory: StoreFactory): void {
  test('pruning deletes history beyond the retention, and the latest stays', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ historyMs: 60_000, now: () => start });
      const reader = await store.openReader();
      await writer.writeReadings(readingBatch(drive(12_000, 3)));
      const nowMs = start / 1000 + 12_000_000;
      let steps = 0;
      let deleted = 0;
      for (let step = 1; step > 0; steps++) {
        step = await writer.prune(nowMs);
        deleted += step;
      }
      assert.equal(deleted, 12_000 - 60);
      assert.ok(steps > 2, 'in steps');
      const totals = await reader.totals();
      assert.deepEqual(totals, {
        entities: 3,
        readings: 60,
        oldest: start + (12_000 - 60) * second,
        newest: start + 11_999 * second,
      });
      assert.equal((await reader.entity('bus', 'bus-2'))?.numbers.speed, 11_999);
    }));
}
