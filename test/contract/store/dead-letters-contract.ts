import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetter } from '../../../core/dead-letter.ts';
import { type DeadLetterMark, markRecord } from '../../../core/dead-letters/dead-letter-mark.ts';
import type { NewRecord, RecordBatch } from '../../../core/log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../../../core/make-dead-letter.ts';
import { deadLetterMarksTopic, deadLettersTopic } from '../../../core/topics.ts';
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

function batchOf(topic: string, records: readonly NewRecord[], firstOffset: number): RecordBatch {
  return {
    topic,
    partition: 0,
    records: records.map(({ key, value, timestampMs }, index) => {
      return { offset: firstOffset + index, key, value: value && Buffer.from(value), timestampMs };
    }),
    nextOffset: firstOffset + records.length,
  };
}

const letterBatch = (letters: readonly DeadLetter[], firstOffset = 0) =>
  batchOf(deadLettersTopic, letters.map(deadLetterRecord), firstOffset);

const markBatch = (marks: readonly DeadLetterMark[], firstOffset = 0) =>
  batchOf(deadLetterMarksTopic, marks.map(markRecord), firstOffset);

function mark(dead: DeadLetter, over: Partial<DeadLetterMark> = {}): DeadLetterMark {
  return {
    id: dead.id,
    state: 'replayed',
    deadAt: dead.deadAt,
    at: start + 1000,
    action: 'a1',
    reason: 'It became a reading.',
    ...over,
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
        part: 3,
        parts: 12,
      });
      await (await store.openWriter()).writeDeadLetters(letterBatch([dead]));
      const reader = await store.openReader();
      assert.deepEqual(await reader.deadLetter(dead.id), { ...dead, state: 'open', mark: null });
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
      assert.deepEqual(await reader.deadLetterGroups({}), [
        {
          source: 'buses',
          stage: 'ingress',
          reason: 'payload-not-json',
          count: 5,
          open: 5,
          replayed: 0,
          discarded: 0,
          firstAt: start,
          lastAt: start + 4,
        },
        {
          source: 'buses',
          stage: 'enricher',
          reason: 'payload-not-json',
          count: 2,
          open: 2,
          replayed: 0,
          discarded: 0,
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

  test('a mark closes its letter, whichever of them the store gets first', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const [early, late, other] = [letter(1, 'ingress'), letter(2, 'ingress'), letter(3, 'i')];
      const discarded = mark(early, { state: 'discarded', reason: 'A test device.' });
      await writer.writeDeadLetterMarks(markBatch([discarded]));
      await writer.writeDeadLetters(letterBatch([early, late, other]));
      await writer.writeDeadLetterMarks(markBatch([mark(late)], 1));
      const stateOf = async ({ id }: DeadLetter) => {
        const { state, mark } = (await reader.deadLetter(id)) ?? {};
        return { state, mark };
      };
      assert.deepEqual(await stateOf(early), {
        state: 'discarded',
        mark: { at: start + 1000, action: 'a1', reason: 'A test device.' },
      });
      assert.equal((await stateOf(late)).state, 'replayed');
      assert.deepEqual(await stateOf(other), { state: 'open', mark: null });
      const open = await reader.deadLetters({ limit: 10, state: 'open' });
      assert.deepEqual(
        open.items.map(({ id }) => id),
        [other.id],
      );
      const [groups] = await reader.deadLetterGroups({ stage: 'ingress' });
      assert.deepEqual(
        [groups?.count, groups?.open, groups?.replayed, groups?.discarded],
        [2, 0, 1, 1],
      );
    }));

  test('a letter that died again after it was marked is open again, and an older mark does not close it', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const dead = letter(1, 'enricher');
      const again = { ...dead, deadAt: dead.deadAt + 5 };
      await writer.writeDeadLetters(letterBatch([dead, again]));
      await writer.writeDeadLetterMarks(markBatch([mark(dead)]));
      assert.equal((await reader.deadLetter(dead.id))?.state, 'open');
      const newer = mark(again, { state: 'discarded', at: start + 2000 });
      // A newer one of the same batch, and one that was written late.
      await writer.writeDeadLetterMarks(
        markBatch([mark(again), newer, mark(dead, { at: start + 9000 })], 1),
      );
      assert.equal((await reader.deadLetter(dead.id))?.state, 'discarded');
    }));

  test('what is no mark is passed over, and its neighbours count', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter();
      const dead = letter(1, 'ingress');
      const [good] = markBatch([mark(dead)], 3).records;
      assert.ok(good);
      const bad = ['', 'null', '{"id":1}', '{"id":"x","state":"open"}'].map((text, offset) => ({
        ...good,
        offset,
        value: Buffer.from(text),
      }));
      await writer.writeDeadLetters(letterBatch([dead]));
      await writer.writeDeadLetterMarks({
        ...markBatch([]),
        records: [...bad.slice(0, 3), good],
        nextOffset: 4,
      });
      const reader = await store.openReader();
      assert.equal((await reader.deadLetter(dead.id))?.state, 'replayed');
      assert.equal((await writer.account()).offsets[deadLetterMarksTopic]?.[0], 4);
    }));

  test('pages can be narrowed to ids and to a time, and come oldest first', () =>
    withStore(factory, async (store) => {
      const letters = Array.from({ length: 6 }, (_, n) => letter(n, 'ingress'));
      await (await store.openWriter()).writeDeadLetters(letterBatch(letters));
      const reader = await store.openReader();
      const times = ({ items }: { items: readonly DeadLetter[] }) =>
        items.map(({ deadAt }) => deadAt - start);
      const range = { from: start + 1, to: start + 5, oldestFirst: true, limit: 3 } as const;
      const first = await reader.deadLetters(range);
      assert.deepEqual(times(first), [1, 2, 3]);
      const rest = await reader.deadLetters({ ...range, cursor: first.nextCursor ?? '' });
      assert.deepEqual(times(rest), [4]);
      const ids = [letters[4]?.id ?? '', letters[0]?.id ?? '', 'none'];
      assert.deepEqual(times(await reader.deadLetters({ ids, limit: 9 })), [4, 0]);
      const [group] = await reader.deadLetterGroups({ ids });
      assert.equal(group?.count, 2);
    }));

  test('dead letters older than their retention go, and the marks of those that are gone', () =>
    withStore(factory, async (store) => {
      const writer = await store.openWriter({ deadLettersMs: 60_000 });
      const reader = await store.openReader();
      const [old, young] = [letter(1, 'ingress'), letter(2, 'ingress', { deadAt: start + 90e6 })];
      await writer.writeDeadLetters(letterBatch([old, young]));
      await writer.writeDeadLetterMarks(
        markBatch([mark(old), mark(young, { at: young.deadAt + 1 })]),
      );
      await writer.prune((start + 120e6) / 1000);
      const { items } = await reader.deadLetters({ limit: 9 });
      assert.deepEqual(
        items.map(({ id, state }) => [id, state]),
        [[young.id, 'replayed']],
      );
      // It came again: the old mark went with the old letter, and closes nothing.
      await writer.writeDeadLetters(letterBatch([old], 2));
      assert.equal((await reader.deadLetter(old.id))?.state, 'open');
    }));
}
