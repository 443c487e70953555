import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingCodec } from '../../../core/codec.ts';
import { actionsOf } from '../../../core/dead-letters/action-entry.ts';
import { isEven } from '../../../core/ledger/account.ts';
import { deadLetterActionsTopic, enrichedTopic } from '../../../core/topics.ts';
import { discardLetters } from '../../../stores/dead-letters/discard-letters.ts';
import type { ReplayReport } from '../../../stores/dead-letters/replay-letters.ts';
import { stationPipeline } from '../../support/replay-pipelines.ts';
import { recordsOf } from '../../support/start-enricher-room.ts';
import { noFilter, type ReplayRoom } from '../../support/start-replay-room.ts';

export interface RoomUnderTest {
  open(pipeline: ReturnType<typeof stationPipeline>): Promise<ReplayRoom>;
  /** Makes the store refuse rows of this entity, until the returned function is called. */
  refuse(room: ReplayRoom, entityId: string): Promise<() => Promise<void>>;
}

const packet = (sensor: number, values: readonly unknown[], ts?: number) => ({
  topic: `air/${sensor}`,
  payload: JSON.stringify({ ...(ts !== undefined && { ts }), values: values.map((v) => ({ v })) }),
});

const start = 1_700_000_000_000;

async function valuesOf(room: ReplayRoom): Promise<number[]> {
  const records = await recordsOf(room.log, enrichedTopic);
  return records
    .map(({ value }) => readingCodec.decode(value ?? Buffer.alloc(0)).numbers.v ?? Number.NaN)
    .sort((a, b) => a - b);
}

const summary = ({ letters, replayed, readings, stillDead }: ReplayReport) => ({
  letters,
  replayed,
  readings,
  stillDead: Object.fromEntries(stillDead.map(({ reason, count }) => [reason, count])),
});

/** Each case has a room of its own. */
export function replayContract({ open, refuse }: RoomUnderTest): void {
  const withRoom = async (
    pipeline: ReturnType<typeof stationPipeline>,
    work: (room: ReplayRoom) => Promise<void>,
  ) => {
    const room = await open(pipeline);
    try {
      await work(room);
    } finally {
      await room.close();
    }
  };
  const open_ = async ({ store }: ReplayRoom) =>
    (await store.deadLetters({ limit: 100, state: 'open' })).items;

  test('a mapping that was wrong is mended, and its dead letters go on: each once, and the ledger is even', () =>
    withRoom(stationPipeline({ path: '$.w' }), async (room) => {
      await room.arrive('air', [packet(1, [1, 2, 'n/a'], start), packet(2, [3])]);
      await room.settledLedger();
      assert.equal((await open_(room)).length, 4);
      const before = await room.replay({ dryRun: true });
      assert.deepEqual(summary(before), {
        letters: 4,
        replayed: 0,
        readings: 0,
        stillDead: { 'path-missing': 4 },
      });
      await room.configure(stationPipeline());
      const expected = { letters: 4, replayed: 3, readings: 3, stillDead: { 'type-mismatch': 1 } };
      const dry = await room.replay({ dryRun: true });
      assert.deepEqual(summary(dry), expected);
      assert.equal(dry.action, null);
      assert.equal((await open_(room)).length, 4, 'a dry run changes nothing');
      assert.deepEqual(summary(await room.replay({})), expected);
      const { sources } = await room.settledLedger();
      assert.deepEqual(await valuesOf(room), [1, 2, 3]);
      assert.deepEqual([sources.air?.accepted, sources.air?.deadLettered], [7, 4]);
      assert.deepEqual([sources.air?.passedOn, sources.air?.difference], [3, 0]);
      const [left, ...others] = await open_(room);
      assert.deepEqual([left?.part, left?.parts, others.length], [2, 3, 0]);
      // Again, those too that are closed.
      await room.replay({ includeClosed: true });
      const again = await room.settledLedger();
      assert.ok(isEven(again));
      assert.equal(again.sources.air?.deduplicated, 3);
      assert.deepEqual(await valuesOf(room), [1, 2, 3]);
    }));

  test('a payload of which nothing could be read goes on with all its parts, and those that are bad become dead letters of their own', () =>
    withRoom(stationPipeline({ each: '$.wrong[*]' }), async (room) => {
      await room.arrive('air', [packet(1, [1, 'n/a', 2])]);
      await room.settledLedger();
      const [whole] = await open_(room);
      assert.deepEqual([whole?.part, whole?.parts], [0, 1]);
      await room.configure(stationPipeline());
      assert.deepEqual(summary(await room.replay({})), {
        letters: 1,
        replayed: 1,
        readings: 2,
        stillDead: { 'type-mismatch': 1 },
      });
      const ledger = await room.settledLedger();
      assert.ok(isEven(ledger), JSON.stringify(ledger));
      assert.deepEqual(await valuesOf(room), [1, 2]);
      const [bad, ...others] = await open_(room);
      assert.deepEqual(
        [bad?.reason, bad?.part, bad?.parts, others.length],
        ['type-mismatch', 1, 3, 0],
      );
    }));

  test('what the enricher set aside goes on when the model takes it, and is open again when it dies again', () =>
    withRoom(stationPipeline({ min: 10 }), async (room) => {
      await room.arrive('air', [packet(1, [4, 20], start)]);
      await room.settledLedger();
      const [dead] = await open_(room);
      assert.deepEqual([dead?.stage, dead?.reason], ['enricher', 'out-of-range']);
      // As from a program whose configuration is newer than the enricher's.
      const { replayLetters } = await import('../../../stores/dead-letters/replay-letters.ts');
      const { store, log, context } = room;
      const optimist = { store, log, now: context.now, pipeline: stationPipeline() };
      const report = await replayLetters(
        { ...optimist, tryReading: () => ({ kind: 'passes' }) },
        noFilter,
      );
      assert.equal(report.replayed, 1);
      assert.ok(isEven(await room.settledLedger()));
      assert.deepEqual(
        (await open_(room)).map(({ id }) => id),
        [dead?.id],
        'it died again, and is no less dead for it',
      );
      await room.configure(stationPipeline());
      assert.equal((await room.replay({})).replayed, 1);
      assert.ok(isEven(await room.settledLedger()));
      assert.deepEqual(await valuesOf(room), [4, 20]);
      assert.deepEqual(await open_(room), []);
    }));

  test('what a store refused is stored when the store takes it, and the ledger is even before and after', () =>
    withRoom(stationPipeline(), async (room) => {
      const accept = await refuse(room, '2');
      await room.arrive('air', [packet(1, [1]), packet(2, [2]), packet(3, [3])]);
      const before = await room.settledLedger();
      assert.ok(isEven(before));
      assert.equal(before.sources.air?.sinks[room.sinkName]?.deadLettered, 1);
      const [dead] = await open_(room);
      assert.deepEqual([dead?.stage, dead?.reason], [room.sinkName, 'store-refused']);
      // The store refuses it still: it dies again, and is open again.
      assert.equal((await room.replay({})).replayed, 1);
      assert.ok(isEven(await room.settledLedger()));
      assert.equal((await open_(room)).length, 1);
      await accept();
      assert.equal((await room.replay({})).readings, 1);
      const after = await room.settledLedger();
      assert.ok(isEven(after), JSON.stringify(after));
      assert.deepEqual(await open_(room), []);
      const air = after.sources.air;
      assert.deepEqual([air?.accepted, air?.passedOn], [5, 5]);
      const { items } = await room.store.entities({ limit: 10 });
      assert.deepEqual(items.map(({ entityId }) => entityId).sort(), ['1', '2', '3']);
      assert.equal((await room.replay({ includeClosed: true })).readings, 1);
      assert.ok(isEven(await room.settledLedger()));
      assert.equal((await room.store.entities({ limit: 10 })).items.length, 3);
    }));

  test('a part whose letter holds only the beginning of the bytes finds them in the first letter of its payload', () =>
    withRoom(stationPipeline({ path: '$.w' }), async (room) => {
      const many = Array.from({ length: 60 }, (_, n) => `${'x'.repeat(200)}${n}`);
      await room.arrive('air', [packet(1, [7, ...many, 9], start)]);
      await room.settledLedger();
      const letters = await open_(room);
      assert.equal(letters.filter(({ bytes, totalBytes }) => bytes.length < totalBytes).length, 61);
      await room.configure(stationPipeline());
      const reports = await room.replayAll({ limit: 7 });
      assert.equal(
        reports.reduce((sum, { readings }) => sum + readings, 0),
        2,
      );
      assert.ok(isEven(await room.settledLedger()));
      assert.deepEqual(await valuesOf(room), [7, 9]);
      assert.deepEqual(
        new Set(reports.flatMap(({ stillDead }) => stillDead.map(({ reason }) => reason))),
        new Set(['type-mismatch']),
      );
    }));

  test('letters are picked by source, stage, reason, id, time and expression; a source that is gone says so', () =>
    withRoom(stationPipeline({ path: '$.w' }), async (room) => {
      await room.arrive('air', [packet(1, [1]), { topic: 'air/2', payload: 'nonsense' }]);
      await room.settledLedger();
      const seen = async (request: Parameters<ReplayRoom['replay']>[0]) =>
        (await room.replay({ ...request, dryRun: true })).letters;
      const letters = await open_(room);
      const [newest] = letters;
      assert.equal(letters.length, 2);
      assert.equal(await seen({ filter: { source: 'other' } }), 0);
      assert.equal(await seen({ filter: { stage: 'ingress', reason: 'payload-not-json' } }), 1);
      assert.equal(await seen({ filter: { ids: [newest?.id ?? ''] } }), 1);
      assert.equal(await seen({ filter: { from: newest?.deadAt ?? 0 } }), 1);
      assert.equal(await seen({ filter: { to: newest?.deadAt ?? 0 } }), 1);
      assert.equal(await seen({ where: ['topic=air/2'] }), 1);
      assert.equal(await seen({ where: ['@.payload.values[0].v == 1', 'reason=path-missing'] }), 1);
      assert.equal(await seen({ where: ['@.payload.values[0].v == 2'] }), 0);
      await room.configure(stationPipeline({ name: 'wind' }));
      const { stillDead } = await room.replay({});
      assert.deepEqual(
        stillDead.map(({ reason, count, detail }) => [reason, count, detail]),
        [['source-gone', 2, 'The configuration should have the source "air"; it has wind.']],
      );
      assert.equal((await open_(room)).length, 2);
    }));

  test('a discarded letter keeps its reason, is replayed only when it is asked for, and every action stands in the log', () =>
    withRoom(stationPipeline({ path: '$.w' }), async (room) => {
      await room.arrive('air', [packet(1, [1]), packet(2, [2])]);
      await room.settledLedger();
      const { store, log, context } = room;
      const parts = { store, log, now: context.now };
      const discard = (request: object) =>
        discardLetters(parts, { ...noFilter, reason: ' A test device. ', ...request });
      await assert.rejects(discard({ reason: '  ', where: ['topic=air/1'] }), {
        code: 'INPUT_INVALID',
      });
      await assert.rejects(discard({}), { code: 'INPUT_INVALID', message: /should be told/ });
      assert.equal((await discard({ where: ['topic=air/1'] })).letters, 1);
      const ledger = await room.settledLedger();
      assert.ok(isEven(ledger));
      assert.equal(ledger.sources.air?.deadLettered, 2);
      const [gone] = (await store.deadLetters({ limit: 9, state: 'discarded' })).items;
      assert.deepEqual([gone?.topic, gone?.mark?.reason], ['air/1', 'A test device.']);
      await room.configure(stationPipeline());
      assert.equal((await room.replay({})).letters, 1);
      await room.settledLedger();
      assert.deepEqual(await valuesOf(room), [2]);
      const [discarded, replayed] = actionsOf(await recordsOf(log, deadLetterActionsTopic));
      assert.deepEqual(
        [discarded?.verb, discarded?.by, discarded?.reason, discarded?.letters, discarded?.isDone],
        ['discard', 'a test', 'A test device.', 1, true],
      );
      assert.deepEqual(
        [replayed?.verb, replayed?.letters, replayed?.readings, replayed?.isDone],
        ['replay', 1, 1, true],
      );
      assert.equal(
        replayed?.action,
        (await store.deadLetters({ limit: 9, state: 'replayed' })).items[0]?.mark?.action,
      );
    }));
}
