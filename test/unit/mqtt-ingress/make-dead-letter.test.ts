import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deadLetterCodec } from '../../../core/codec.ts';
import { maxRecordBytes } from '../../../core/log/event-log.ts';
import { deadLetterRecord, type Failure, makeDeadLetter } from '../../../core/make-dead-letter.ts';

const failure = (changes: Partial<Failure> = {}): Failure => ({
  source: 'air',
  stage: 'ingress',
  reason: 'payload-not-json',
  detail: 'The payload should be JSON; it begins with "<".',
  topic: 'city/a',
  contentType: 'application/json',
  bytes: Buffer.from('<xml/>'),
  receivedAt: 1_000_000,
  deadAt: 2_000_000,
  ...changes,
});

test('bytes that fit are kept whole', () => {
  const dead = makeDeadLetter(failure());
  assert.equal(dead.bytes.toString(), '<xml/>');
  assert.equal(dead.totalBytes, 6);
  assert.equal(dead.sha256, null);
  assert.deepEqual({ ...deadLetterCodec.decode(deadLetterCodec.encode(dead)) }, dead);
});

test('bytes that do not fit a record are cut, and their length and sha256 given', () => {
  const bytes = randomBytes(3_000_000);
  const dead = makeDeadLetter(failure({ bytes, topic: 'ä'.repeat(30_000) }));
  const record = deadLetterRecord(dead);
  assert.ok(record.key.length + (record.value?.length ?? 0) <= maxRecordBytes);
  assert.ok(dead.bytes.length > 900_000);
  assert.ok(dead.bytes.equals(bytes.subarray(0, dead.bytes.length)));
  assert.equal(dead.totalBytes, 3_000_000);
  assert.equal(dead.sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('the same failure of the same bytes has the same id, at any time', () => {
  const id = makeDeadLetter(failure()).id;
  assert.equal(makeDeadLetter(failure({ receivedAt: 9, deadAt: 9, detail: 'else' })).id, id);
  const others: Partial<Failure>[] = [
    { source: 'b' },
    { stage: 'enricher' },
    { reason: 'type-mismatch' },
    { place: '$.v' },
    { topic: 'city/b' },
    { bytes: Buffer.from('<yml/>') },
    { index: 1 },
    { eventId: 'x' },
  ];
  const ids = others.map((change) => makeDeadLetter(failure(change)).id);
  assert.equal(new Set([id, ...ids]).size, others.length + 1);
});
