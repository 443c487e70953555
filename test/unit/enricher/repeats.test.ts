import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readingCodec } from '../../../core/codec.ts';
import type { LogRecord } from '../../../core/log/event-log.ts';
import { entityKey, type Reading } from '../../../core/reading.ts';
import { decodeRecords } from '../../../services/enricher/decode-records.ts';
import { type EnrichedBatch, enrichBatch } from '../../../services/enricher/enrich-batch.ts';
import { loadMemory, saveMemory } from '../../../services/enricher/load-memory.ts';
import { makePlan } from '../../../services/enricher/plan.ts';
import { makeReading } from '../../support/make-reading.ts';
import { MapState } from '../../support/map-state.ts';
import { busPipeline, onlyFast } from './bus-pipeline.ts';

const plan = makePlan(busPipeline({ steps: [onlyFast] }), () => undefined);

function toRecord(reading: Reading, offset: number): LogRecord {
  const value = readingCodec.encode(reading);
  return { offset, key: entityKey(reading), value, timestampMs: reading.receivedAt / 1000 };
}

/** Feeds records in batches of these sizes (over and over), each with the state that the last one left. */
async function enrichAll(
  records: readonly LogRecord[],
  sizes: readonly number[],
  entries = new Map<string, Buffer>(),
  rules = plan,
): Promise<readonly EnrichedBatch[]> {
  const batches: EnrichedBatch[] = [];
  for (let start = 0, turn = 0; start < records.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const arrivals = decodeRecords(records.slice(start, start + size));
    const state = new MapState(entries);
    const memory = await loadMemory(state, arrivals);
    batches.push(enrichBatch(arrivals, memory, rules));
    saveMemory(state, memory, undefined);
    start += size;
  }
  return batches;
}

const passedOn = (batches: readonly EnrichedBatch[]) =>
  batches.flatMap((batch) => batch.passedOn.map(({ value }) => readingCodec.decode(value)));

const at = 1_700_000_000_000_000;
/** Few entities, times and ids, so that they meet. Fast ones pass, slow ones are filtered, backward ones break the model. */
const distinctReadings = fc
  .uniqueArray(
    fc.record({
      entity: fc.integer({ min: 0, max: 2 }),
      time: fc.integer({ min: 0, max: 4 }),
      id: fc.integer({ min: 0, max: 5 }),
    }),
    { selector: ({ entity, time, id }) => `${entity} ${time} ${id}`, minLength: 1, maxLength: 40 },
  )
  .map((all) =>
    all.map(({ entity, time, id }) =>
      makeReading({
        entityId: `bus-${entity}`,
        observedAt: at + time,
        receivedAt: at,
        eventId: `${entity}.${time}.${id}`,
        source: id % 2 === 0 ? 'buses' : 'others',
        numbers: { speed: id === 5 ? -1 : id === 4 ? 1 : 50, odometer: id },
      }),
    ),
  );
const sequence = distinctReadings.chain((readings) =>
  fc.record({
    readings: fc.constant(readings),
    order: fc.array(fc.integer({ min: 0, max: readings.length - 1 }), { maxLength: 120 }),
    sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  }),
);

test('any repeats, in any order and any batches: each event id is passed on once, with a seq of its own', async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async ({ readings, order, sizes }) => {
      const sent = order.map((index) => readings[index] as Reading);
      const out = passedOn(await enrichAll(sent.map(toRecord), sizes));
      const fits = ({ numbers }: Reading) => (numbers.odometer ?? 0) < 4;
      const expected = new Set(sent.filter(fits).map(({ eventId }) => eventId));
      assert.deepEqual(out.map(({ eventId }) => eventId).sort(), [...expected].sort());
      const slots = out.map(({ entityId, observedAt, seq }) => `${entityId} ${observedAt} ${seq}`);
      assert.equal(new Set(slots).size, slots.length, 'entity, time and seq are unique');
      const counts = Map.groupBy(out, ({ entityId, observedAt }) => `${entityId} ${observedAt}`);
      for (const group of counts.values()) {
        assert.deepEqual(
          group.map(({ seq }) => seq),
          group.map((_, index) => index),
          'seq counts up from 0',
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('any readings: every record is in exactly one count of its source', async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async ({ readings, order, sizes }) => {
      const sent = order.map((index) => readings[index] as Reading);
      const batches = await enrichAll(sent.map(toRecord), sizes);
      for (const source of ['buses', 'others']) {
        const sum = {
          read: 0,
          deduplicated: 0,
          filtered: 0,
          deadLettered: 0,
          passedOn: 0,
          derived: 0,
        };
        for (const { counts } of batches) {
          const one = counts.of(source);
          for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += one[name];
        }
        assert.equal(sum.read, sent.filter((reading) => reading.source === source).length);
        assert.equal(sum.read, sum.deduplicated + sum.filtered + sum.deadLettered + sum.passedOn);
      }
    }),
    { numRuns: 200 },
  );
});

test('any readings: those of an entity keep their order', async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async ({ readings, order, sizes }) => {
      const sent = [...new Set(order)].map((index) => readings[index] as Reading);
      const out = passedOn(await enrichAll(sent.map(toRecord), sizes));
      for (const entityId of ['bus-0', 'bus-1', 'bus-2']) {
        const came = sent
          .filter((reading) => reading.entityId === entityId)
          .map(({ eventId }) => eventId);
        const went = out
          .filter((reading) => reading.entityId === entityId)
          .map(({ eventId }) => eventId);
        assert.deepEqual(
          went,
          came.filter((eventId) => went.includes(eventId)),
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('the split into batches changes nothing of what is passed on', async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async ({ readings, order, sizes }) => {
      const records = order.map((index) => readings[index] as Reading).map(toRecord);
      const inOne = passedOn(await enrichAll(records, [1000]));
      assert.deepEqual(passedOn(await enrichAll(records, sizes)), inOne);
    }),
    { numRuns: 200 },
  );
});

test('a payload without time and id, sent again with DUP, passes once; without DUP it is a new reading', async () => {
  const hash = 'abcdefghijklmnopqrstuv';
  const ids = [`~${hash}.r1`, `~dup.${hash}.r2`, `~dup.${hash}.r3`, `~${hash}.r4`];
  const records = ids.map((eventId, index) =>
    toRecord(makeReading({ eventId, observedAt: at + index, numbers: { speed: 100 } }), index),
  );
  for (const sizes of [[1], [4]]) {
    const out = passedOn(await enrichAll(records, sizes));
    assert.deepEqual(
      out.map(({ eventId }) => eventId),
      [ids[0], ids[3]],
    );
  }
});

test('a repeat of the hundred and first reading before is no longer recognised by content', async () => {
  const hash = (index: number) => `abcdefghijklmnopqrs${String(index).padStart(3, '0')}`;
  const came = Array.from({ length: 101 }, (_, index) => `~${hash(index)}.r`);
  const repeats = [`~dup.${hash(1)}.again`, `~dup.${hash(0)}.again`];
  const records = [...came, ...repeats].map((eventId, index) =>
    toRecord(makeReading({ eventId, observedAt: at + index, numbers: { speed: 100 } }), index),
  );
  const out = passedOn(await enrichAll(records, [3])).map(({ eventId }) => eventId);
  assert.deepEqual(out, [...came, repeats[1]]);
});

test('a thousand and first reading at one time is set aside, its neighbours go on', async () => {
  const records = Array.from({ length: 1001 }, (_, index) =>
    toRecord(makeReading({ eventId: `e${index}`, numbers: { speed: 100 } }), index),
  );
  records.push(
    toRecord(makeReading({ eventId: 'next', observedAt: at + 1, numbers: { speed: 100 } }), 1001),
  );
  const batches = await enrichAll(records, [400]);
  const out = passedOn(batches);
  assert.equal(out.length, 1001);
  assert.equal(out.at(-1)?.eventId, 'next');
  const [aside] = batches.flatMap(({ setAside }) => setAside);
  assert.equal(aside?.outcome.reason, 'too-many-at-one-time');
  assert.equal(aside?.reading?.eventId, 'e1000');
});

test('a record that is no reading is a dead letter under the source that it still names, and hurts only itself', async () => {
  const good = toRecord(makeReading({ eventId: 'good', numbers: { speed: 100 } }), 0);
  const bytes = Buffer.from(good.value as Buffer);
  const foreignSchema = Buffer.from(bytes);
  foreignSchema.writeUInt32BE(7, 1);
  const records: LogRecord[] = [
    { ...good, offset: 1, value: bytes.subarray(0, bytes.length - 3) },
    { ...good, offset: 2, value: Buffer.from('not avro at all') },
    { ...good, offset: 3, value: null },
    { ...good, offset: 4, value: foreignSchema },
    { ...good, offset: 5, key: 'bus/another' },
    { ...good, offset: 6, value: bytes.subarray(0, 12) },
    good,
  ];
  const [batch] = await enrichAll(records, [10]);
  assert.deepEqual(
    batch?.setAside.map(({ source, outcome }) => [source, outcome.reason]),
    [
      ['buses', 'record-undecodable'],
      ['unknown', 'record-undecodable'],
      ['unknown', 'record-undecodable'],
      ['buses', 'record-undecodable'],
      ['buses', 'entity-invalid'],
      ['unknown', 'record-undecodable'],
    ],
  );
  assert.deepEqual(
    passedOn(batch ? [batch] : []).map(({ eventId }) => eventId),
    ['good'],
  );
});

test('a reading whose identity a rule has written into is a dead letter, not another reading', async () => {
  for (const change of [
    { eventId: 'same' },
    { observedAt: 5 },
    { entityId: 'x' },
    { source: 'y' },
  ]) {
    const keep = (reading: Reading) => Boolean(Object.assign(reading, change));
    const step = { step: 'filter', name: 'scribble', entityType: 'bus', keep };
    const rules = makePlan(busPipeline({ steps: [step as never] }), () => undefined);
    const record = toRecord(makeReading({ observedAt: at, receivedAt: at, eventId: 'a' }), 0);
    const [batch] = await enrichAll([record], [1], new Map(), rules);
    assert.equal(batch?.passedOn.length, 0);
    assert.equal(batch?.setAside[0]?.outcome.reason, 'rule-threw');
  }
});
