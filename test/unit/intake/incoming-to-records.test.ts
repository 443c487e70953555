import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deadLetterCodec, readingCodec } from '../../../core/codec.ts';
import type { FormatOutcome } from '../../../core/format.ts';
import { type Incoming, incomingToRecords } from '../../../core/intake/incoming-to-records.ts';
import { maxRecordBytes } from '../../../core/log/event-log.ts';
import type { Observation } from '../../../core/reading.ts';
import { deadLettersTopic, rawTopic } from '../../../core/topics.ts';

const observation = (changes: Partial<Observation> = {}): Observation => ({
  entityType: 'lamp',
  entityId: 'l/1',
  observedAt: 5,
  numbers: { watt: 3 },
  flags: {},
  texts: {},
  tags: {},
  position: null,
  unset: [],
  ...changes,
});
const ok = (changes: Partial<Observation> = {}): FormatOutcome => ({
  kind: 'ok',
  observation: observation(changes),
});

function recordsOf(decode: () => readonly FormatOutcome[], incoming: Partial<Incoming> = {}) {
  const outcome = incomingToRecords({
    source: 'lamps',
    format: { name: 'test', contentType: 'text/plain', emits: { lamp: ['watt'] }, decode },
    topic: 'lamps/1',
    payload: Buffer.from('bytes'),
    mayRepeat: false,
    traceparent: null,
    receivedAt: 1_700_000_000_000_001,
    random: () => 'random',
    ...incoming,
  });
  const values = (topic: string) =>
    outcome.records.filter((record) => record.topic === topic).map(({ value }) => value as Buffer);
  return {
    ...outcome,
    raw: values(rawTopic).map((value) => readingCodec.decode(value)),
    dead: values(deadLettersTopic).map((value) => deadLetterCodec.decode(value)),
  };
}

test('a reading gets its identity, its times and its key', () => {
  const { raw, records } = recordsOf(() => [ok(), ok({ observedAt: undefined })]);
  assert.equal(records[0]?.key, 'lamp/l/1');
  assert.equal(records[0]?.timestampMs, 1_700_000_000_000);
  assert.equal(raw[0]?.observedAt, 5);
  assert.match(raw[0]?.eventId ?? '', /^[\w-]{22}$/);
  assert.equal(raw[1]?.observedAt, 1_700_000_000_000_001, 'without a time of its own: ours');
  assert.match(raw[1]?.eventId ?? '', /^~[\w-]{22}\.1\.random$/);
});

test('a reading that says how long ago it was observed is placed before its arrival, and known as one without a time', () => {
  const { raw, dead } = recordsOf(() => [
    ok({ observedAt: undefined, ageMicros: 5_000_000 }),
    ok({ observedAt: undefined, ageMicros: 0.5 }),
  ]);
  assert.equal(raw[0]?.observedAt, 1_699_999_995_000_001);
  assert.match(raw[0]?.eventId ?? '', /^~.*\.random$/);
  assert.equal(dead[0]?.reason, 'time-invalid');
});

test('a packet that may have come before says so where its readings have neither time nor id', () => {
  const { raw } = recordsOf(() => [ok({ observedAt: undefined }), ok({ id: '7' }), ok()], {
    mayRepeat: true,
  });
  assert.match(raw[0]?.eventId ?? '', /^~dup\.[\w-]{22}\.random$/);
  assert.equal(raw[1]?.eventId, 'lamps:7');
  assert.match(raw[2]?.eventId ?? '', /^[\w-]{22}\.2$/);
});

test('what its sender gave an id is recognised by it, without a time and whatever its bytes', () => {
  const without = () => [ok({ observedAt: undefined }), ok({ observedAt: undefined })];
  const first = recordsOf(without, { deliveryId: 'd-1' }).raw;
  const again = recordsOf(without, { deliveryId: 'd-1', payload: Buffer.from('other') }).raw;
  const other = recordsOf(without, { deliveryId: 'd-2' }).raw;
  const ids = (raw: typeof first) => raw.map(({ eventId }) => eventId);
  assert.deepEqual(ids(again), ids(first));
  assert.equal(new Set([...ids(first), ...ids(other)]).size, 4);
});

test('what a format wants sent back is no reading and in no count', () => {
  const request: FormatOutcome = { kind: 'request', topic: 't', payload: Buffer.from('again') };
  const { requests, records, readings, filtered } = recordsOf(() => [ok(), request]);
  assert.deepEqual(requests, [request]);
  assert.deepEqual([records.length, readings, filtered], [1, 1, 0]);
});

test('bad parts become dead letters and their neighbours go on', () => {
  const wrong = { numbers: { watt: 'three' } } as unknown as Partial<Observation>;
  const { raw, dead, filtered } = recordsOf(() => [
    ok(),
    { kind: 'deadLetter', reason: 'time-missing', detail: 'No time.', place: '$.ts' },
    { kind: 'drop', reason: 'not-a-reading' },
    ok({ entityType: 'No Type' }),
    ok({ entityId: '' }),
    ok({ observedAt: 0.5 }),
    ok({ numbers: { watt: Number.NaN } }),
    ok(wrong),
    ok({ flags: { on: 3 } } as unknown as Partial<Observation>),
    ok({ texts: { note: 'x'.repeat(maxRecordBytes) } }),
    { kind: 'ok', observation: undefined as unknown as Observation },
    ok(),
  ]);
  assert.equal(raw.length, 2);
  assert.equal(filtered, 1);
  assert.deepEqual(
    dead.map(({ reason }) => reason),
    [
      'time-missing',
      'entity-invalid',
      'entity-invalid',
      'time-invalid',
      'number-not-finite',
      'number-not-finite',
      'type-mismatch',
      'payload-too-large',
      'type-mismatch',
    ],
  );
  for (const letter of dead) {
    assert.equal(letter.bytes.toString(), 'bytes');
    assert.equal(letter.topic, 'lamps/1');
    assert.equal(letter.stage, 'ingress');
  }
  assert.equal(new Set(dead.map(({ id }) => id)).size, dead.length, 'each has its own id');
});

test('a format that throws, or gives nothing, harms nothing', () => {
  const { dead } = recordsOf(() => {
    throw new TypeError('cannot read it');
  });
  assert.equal(dead[0]?.reason, 'decoder-threw');
  assert.match(dead[0]?.detail ?? '', /cannot read it/);
  assert.equal(recordsOf(() => []).filtered, 1);
});

test('what a format gives that is no outcome is a dead letter, and its neighbours go on', () => {
  const parts = [ok(), null, undefined, 'x', { kind: 'other' }, 5, ok()];
  const bare = { kind: 'deadLetter', reason: 'path-missing' };
  const { raw, dead } = recordsOf(() => [...parts, bare] as FormatOutcome[]);
  assert.equal(raw.length, 2);
  assert.deepEqual(
    dead.map(({ reason }) => reason),
    Array(6).fill('decoder-threw'),
  );
  assert.match(dead[2]?.detail ?? '', /The format test should give an outcome .*; it gave 'x'\./);
});

test('a list with holes has a dead letter for each, and what is no list is one', () => {
  const holes = new Array<FormatOutcome>(2);
  holes[1] = ok();
  assert.deepEqual(
    [recordsOf(() => holes)].map(({ readings, deadLetters }) => [readings, deadLetters]),
    [[1, 1]],
  );
  for (const given of ['text', 5, null, undefined, {}, Promise.reject(new Error('too late'))])
    assert.equal(recordsOf(() => given as never).dead[0]?.reason, 'decoder-threw');
});

test('whatever a format throws, a dead letter says it', () => {
  for (const thrown of [Symbol('sign'), Object.create(null), null, { stack: 5 }]) {
    const { dead } = recordsOf(() => {
      throw thrown;
    });
    assert.equal(dead[0]?.reason, 'decoder-threw');
  }
});

test('a packet larger than a record may be is a dead letter with a prefix, its length and sha256', () => {
  const payload = Buffer.alloc(5_000_000, 65);
  const { dead, raw, records } = recordsOf(() => [ok()], { payload });
  assert.equal(raw.length, 0);
  assert.equal(dead[0]?.reason, 'payload-too-large');
  assert.equal(dead[0]?.totalBytes, 5_000_000);
  assert.match(dead[0]?.sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.ok((records[0]?.value?.length ?? 0) <= maxRecordBytes);
});

test('many bad parts of a large packet do not multiply its bytes', () => {
  const payload = Buffer.alloc(500_000, 65);
  const bad: FormatOutcome = { kind: 'deadLetter', reason: 'path-missing', detail: 'Not there.' };
  const { dead, records } = recordsOf(() => Array(1000).fill(bad), { payload });
  assert.equal(dead.length, 1000);
  assert.equal(dead[0]?.bytes.length, 500_000, 'the first keeps all');
  assert.equal(dead[1]?.bytes.length, 1000);
  assert.equal(dead[1]?.totalBytes, 500_000);
  const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  assert.ok(bytes < 2_000_000);
});

test('whatever a format gives, nothing is thrown and every part is accounted for', () => {
  fc.assert(
    fc.property(fc.array(fc.anything(), { maxLength: 5 }), (parts) => {
      const outcomes = parts.map((part) => ({ kind: 'ok', observation: part }) as FormatOutcome);
      const { readings, deadLetters, filtered } = recordsOf(() => outcomes);
      assert.equal(readings + deadLetters + filtered, Math.max(1, parts.length));
    }),
    { numRuns: 300 },
  );
});

test('whatever a format gives in place of outcomes, nothing is thrown and every part is accounted for', () => {
  fc.assert(
    fc.property(fc.array(fc.anything(), { maxLength: 5 }), (parts) => {
      const { readings, deadLetters, filtered } = recordsOf(() => parts as FormatOutcome[]);
      assert.equal(readings + deadLetters + filtered, Math.max(1, parts.length));
    }),
    { numRuns: 300 },
  );
});
