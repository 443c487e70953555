import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeDeadLetter } from '../../../cli/dlq/format-dead-letter.ts';
import { readingCodec } from '../../../core/codec.ts';
import type { StoredDeadLetter } from '../../../stores/store.ts';
import { makeReading } from '../../support/make-reading.ts';

function letterOf(bytes: Uint8Array): StoredDeadLetter {
  return {
    id: 'a',
    source: 'air',
    stage: 'enricher',
    reason: 'out-of-range',
    detail: 'd',
    place: 'pm25',
    topic: null,
    contentType: 'avro/binary',
    bytes: Buffer.from(bytes),
    totalBytes: bytes.length,
    sha256: null,
    eventId: 'e',
    receivedAt: 0,
    deadAt: 0,
    part: null,
    parts: null,
    state: 'open',
    mark: null,
  };
}

test('a dead letter that holds a reading shows it decoded', () => {
  const bytes = readingCodec.encode(makeReading({ numbers: { pm25: -3 } }));
  assert.match(describeDeadLetter(letterOf(bytes)), /the reading:\n\{[\s\S]*"pm25": -3/);
});

test('one whose bytes are no reading shows them as they are', () => {
  assert.doesNotMatch(describeDeadLetter(letterOf(Buffer.from([255, 1]))), /the reading/);
});
