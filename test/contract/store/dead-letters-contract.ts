import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetter } from '../../../core/dead-letter.ts';
import type { RecordBatch } from '../../../core/log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../../../core/make-dead-letter.ts';
import { deadLettersTopic } from '../../../core/topics.ts';
import { type StoreFactory, withStore } from './store-under-test.ts';

const start = 1_700_000_000_000_000;

function letter(n: number, stage: string, over: Partial<DeadLetter> = {}): DeadLetter {
  const made = makeDeadLetter({
    source: 'buses',
    stage,
    reason: 'payload-not-json',
    detail: 'JSON was expected.',
    topic: 'hfp/1',
    contentType: 'application/json',
    bytes: Buffer.from([0, 255, n]),
    receivedAt: start + n,
    deadAt: start + n,
  });
  return { ...made, ...over };
}

function letterBatch(letters: readonly DeadLetter[], firstOffset = 0): RecordBatch {
  return {
    topic: deadLettersTopic,
    partition: 0,
    records: letters.map((dead, index) => {
      const { key, value, timestampMs } = deadLetterRecord(dead);
      return { offset: firstOffset + index, key, value: value && Buffer.from(value), timestampMs };
    }),
    nextOffset: firstOffset + letters.length,
  };
}

export function deadLettersContract(factory: StoreFactory): void {
  test('a dead letter comes back whole, bytes included', () =>
    withStore(factory, async (store) => {
      const dead = letter(1, 'ingress', {
        place: '$.a',
        eventId: 'e',
        sha256: 'ab',
        totalBytes: 9,
      });
      await (await store.openWriter()).writeDeadLetters(letterBatch([dead]));
      const reader = await store.openReader();
      assert.deepEqual(await reader.deadLetter(dead.id), dead);
      assert.ok((await reader.deadLetter(dead.id))?.bytes instanceof Buffer);
      assert.equal(await reader.deadLetter('none'), undefined);
    }));

  test('pages are newest first and can be narrowed; groups count', () =>
    withStore(factory, async (store) => {
      const letters = Array.from({ length: 7 }, (_, n) =>
        letter(n, n < 5 ? 'ingress' : 'enricher'),
      );
      await (await store.openWriter()).writeDeadLetters(letterBatch(letters));
      const reader = await store.openReader();
      const first = await reader.deadLetters({ limit: 4 });
      assert.deepEqual(
        first.items.map(({ deadAt }) => deadAt - start),
        [6, 5, 4, 3],
      );
      const rest = await reader.deadLetters({ limit: 4, cursor: first.nextCursor ?? '' });
      assert.deepEqual(
        rest.items.map(({ deadAt }) => deadAt - start),
        [2, 1, 0],
      );
      assert.equal(rest.nextCursor, null);
      const enricher = await reader.deadLetters({ limit: 4, stage: 'enricher', source: 'buses' });
      assert.equal(enricher.items.length, 2);
      assert.deepEqual(await reader.deadLetterGroups(), [
        {
          source: 'buses',
          stage: 'ingress',
          reason: 'payload-not-json',
          count: 5,
          firstAt: start,
          lastAt: start + 4,
        },
        {
          source: 'buses',
          stage: 'enricher',
          reason: 'payload-not-json',
          count: 2,
          firstAt: start + 5,
          lastAt: start + 6,
        },
      ]);
    }));

  test('only those of ingress are counted, each record once, and repeats of a batch not again', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const batch = letterBatch([
        letter(1, 'ingress'),
        letter(1, 'ingress'),
        letter(2, 'sqlite-sink'),
      ]);
      await writer.writeDeadLetters(batch);
      await writer.writeDeadLetters(batch);
      assert.deepEqual(await reader.ingressDeadLetters(), {
        offsets: { [deadLettersTopic]: { 0: 3 } },
        sources: { buses: 2 },
      });
      assert.equal((await reader.deadLetters({ limit: 10 })).items.length, 2);
    }));

  test('a record of the topic that is no dead letter is kept as one, and its neighbours are stored', () =>
    withStore(factory, async (store) => {
      const batch = letterBatch([letter(1, 'ingress'), letter(2, 'ingress')]);
      const [first, second] = batch.records;
      assert.ok(first && second);
      const broken = { ...first, value: Buffer.from('broken') };
      await (await store.openWriter()).writeDeadLetters({ ...batch, records: [broken, second] });
      const { items } = await (await store.openReader()).deadLetters({ limit: 10 });
      assert.deepEqual(items.map(({ reason }) => reason).sort(), [
        'payload-not-json',
        'record-undecodable',
      ]);
    }));
}
