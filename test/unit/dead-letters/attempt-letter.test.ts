import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetterCodec, readingCodec } from '../../../core/codec.ts';
import type { DeadLetter } from '../../../core/dead-letter.ts';
import type { ReadingTrial } from '../../../core/dead-letters/attempt.ts';
import { attemptLetter } from '../../../core/dead-letters/attempt-letter.ts';
import type { Format } from '../../../core/format.ts';
import { incomingToRecords } from '../../../core/intake/incoming-to-records.ts';
import { makeDeadLetter } from '../../../core/make-dead-letter.ts';
import { deadLettersTopic, rawTopic, returnedTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import { stationPipeline } from '../../support/replay-pipelines.ts';

const now = 1_800_000_000_000_000;
const passes: ReadingTrial = () => ({ kind: 'passes' });
const { sources } = stationPipeline();
const context = { sources, tryReading: passes, now };

/** The dead letters of a payload that came when the configuration was wrong. */
function lettersOf(payload: string, format: Format | undefined): DeadLetter[] {
  assert.ok(format);
  const { records } = incomingToRecords({
    source: 'air',
    format,
    topic: 'air/1',
    payload: Buffer.from(payload),
    mayRepeat: false,
    traceparent: null,
    receivedAt: 1_700_000_000_000_000,
    random: () => 'r',
  });
  return records
    .filter(({ topic }) => topic === deadLettersTopic)
    .map(({ value }) => deadLetterCodec.decode(Buffer.from(value ?? [])));
}

const right = sources.air?.format;
assert.ok(right);
const broken = stationPipeline({ path: '$.w' }).sources.air?.format;

function attempt(letter: DeadLetter | undefined, over: Partial<typeof context> = {}) {
  assert.ok(letter);
  return attemptLetter(letter, letter.bytes, { ...context, ...over });
}

/** Event ids of the readings that go on. */
function ids(outcome: ReturnType<typeof attempt>): string[] {
  assert.equal(outcome.kind, 'passes');
  const records = outcome.kind === 'passes' ? outcome.records : [];
  return records
    .filter(({ topic }) => topic === rawTopic)
    .map(({ value }) => readingCodec.decode(Buffer.from(value ?? [])).eventId);
}

test('only the part that died goes on, with the id that it would have had, and the time of its arrival', () => {
  const payload = '{"ts":1700000000000,"values":[{"w":1},{"v":2},{"w":3}]}';
  const [letter, ...others] = lettersOf(payload, broken);
  assert.equal(others.length, 0);
  assert.deepEqual([letter?.part, letter?.parts], [1, 3]);
  const outcome = attempt(letter);
  const { records } = incomingToRecords({
    source: 'air',
    format: right,
    topic: 'air/1',
    payload: Buffer.from('{"ts":1700000000000,"values":[{"v":1},{"v":2},{"v":3}]}'),
    mayRepeat: false,
    traceparent: null,
    receivedAt: 1,
    random: () => 'r',
  });
  assert.equal(records.length, 3);
  const [id, ...more] = ids(outcome);
  assert.match(id ?? '', /^[\w-]{22}\.1$/);
  assert.equal(more.length, 0);
  assert.ok(outcome.kind === 'passes');
  const record = outcome.records[0];
  assert.equal(record?.timestampMs, now / 1000, 'the log keeps it by the time of now');
  assert.equal(
    readingCodec.decode(Buffer.from(record?.value ?? [])).receivedAt,
    1_700_000_000_000_000,
  );
});

test('a part with neither time nor id has the same id whenever it is replayed, and another than its neighbours', () => {
  const [one, two] = lettersOf('{"values":[{"v":1},{"v":2}]}', broken);
  const [first] = ids(attempt(one));
  assert.deepEqual(ids(attempt(one, { now: now + 5 })), [first]);
  assert.notEqual(ids(attempt(two))[0], first);
});

test('a letter of an older Millrace, which does not say which part it is, is found by its id', () => {
  const letters = lettersOf('{"ts":1700000000000,"values":[{"w":1},{"w":2},{"v":3}]}', broken);
  const right = letters.map((letter) => attempt({ ...letter, part: null, parts: null }));
  assert.deepEqual(
    right.map(ids),
    letters.map((letter) => ids(attempt(letter))),
  );
  const other = attempt({ ...(letters[0] as DeadLetter), id: 'x', part: null, parts: null });
  assert.ok(other.kind === 'dies' && other.reason === 'parts-differ');
});

test('when the present format finds another number of parts, which of them died can not be told, and it stays', () => {
  const [, letter] = lettersOf('{"values":[{"v":1},{"v":2}]}', broken);
  assert.ok(letter);
  const outcome = attempt({ ...letter, parts: 5 });
  assert.ok(outcome.kind === 'dies');
  assert.equal(outcome.reason, 'parts-differ');
  assert.match(outcome.detail, /It was part 2 of 5 of its payload; the present format finds 2/);
});

test('one that the enricher would set aside stays as it is, with the reason', () => {
  const [letter] = lettersOf('{"values":[{"v":1}]}', broken);
  const tryReading: ReadingTrial = () => ({ kind: 'dies', reason: 'out-of-range', detail: 'd' });
  assert.deepEqual(attempt(letter, { tryReading }), {
    kind: 'dies',
    reason: 'out-of-range',
    detail: 'd',
    note: undefined,
  });
});

test('a format that remembers is told of without its memory, and the outcome says so', () => {
  const format = { ...right, remembers: true as const };
  const [letter] = lettersOf('{"values":[{"v":1}]}', broken);
  const outcome = attempt(letter, { sources: { air: { format } } });
  assert.equal(outcome.kind, 'passes');
  assert.equal(outcome.note, 'Decoded without what json remembers of its devices.');
});

test("a content type that was the old format's own does not mislead the present one", () => {
  const picky: Format = {
    ...right,
    contentType: 'application/cbor',
    decode: (input) =>
      input.contentType === 'application/json'
        ? [{ kind: 'deadLetter', reason: 'type-mismatch', detail: 'no' }]
        : right.decode(input),
  };
  const [letter] = lettersOf('{"values":[{"v":1}]}', broken);
  assert.equal(attempt(letter, { sources: { air: { format: picky } } }).kind, 'passes');
});

test('what a format asks its devices is not asked again', () => {
  const asking: Format = {
    ...right,
    decode: () => [{ kind: 'request', topic: 'x', payload: Buffer.from('rebirth') }],
  };
  const [letter] = lettersOf('not json', broken);
  assert.equal(attempt(letter, { sources: { air: { format: asking } } }).kind, 'filtered');
});

test('bytes of which only the beginning is left can not be tried', () => {
  const [letter] = lettersOf('{"values":[{"v":1}]}', broken);
  assert.ok(letter);
  const outcome = attemptLetter({ ...letter, totalBytes: 5_000_000 }, undefined, context);
  assert.ok(outcome.kind === 'dies');
  assert.equal(outcome.reason, 'bytes-cut');
  assert.match(outcome.detail, /of 5000000 the first \d+ are left/);
});

test("a sink's letter goes back to the sinks, one that is no reading stays", () => {
  const letterOf = (bytes: Buffer) =>
    makeDeadLetter({
      source: 'air',
      stage: 'postgres-sink',
      reason: 'store-refused',
      detail: 'd',
      contentType: 'avro/binary',
      bytes,
      receivedAt: 1,
      deadAt: 2,
    });
  const bytes = readingCodec.encode(makeReading({ entityType: 'bus', entityId: 'a/b' }));
  const outcome = attempt(letterOf(bytes));
  assert.ok(outcome.kind === 'passes');
  assert.deepEqual(outcome.records, [
    { topic: returnedTopic, key: 'bus/a/b', value: bytes, timestampMs: now / 1000 },
  ]);
  const none = attempt(letterOf(Buffer.from('none')));
  assert.ok(none.kind === 'dies' && none.reason === 'record-undecodable');
});
