import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCursor, parseCursor } from '../../../services/dashboard/live/live-cursor.ts';
import { resumeFrom } from '../../../services/dashboard/live/resume.ts';

const offset = fc.nat(Number.MAX_SAFE_INTEGER - 1);

test('a cursor is read back as it was written, and fits one line', () => {
  const id = fc
    .string({ minLength: 1 })
    .filter((text) => !text.includes('~') && text.isWellFormed());
  fc.assert(
    fc.property(id, fc.array(offset, { minLength: 1, maxLength: 12 }), (logId, positions) => {
      const text = formatCursor(logId, positions);
      assert.doesNotMatch(text, /[\s\0]/);
      assert.deepEqual(parseCursor(text), { logId, positions });
    }),
  );
});

test('no text makes the reading of a cursor throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCursor(text)));
  assert.equal(parseCursor('%~1.2'), undefined);
  assert.equal(parseCursor('log~1.99999999999999999'), undefined);
});

const topic = 'readings.enriched.v1';
const ranges = [
  { topic, partition: 0, startOffset: 10, endOffset: 20 },
  { topic, partition: 1, startOffset: 0, endOffset: 5 },
];
const outcome = (cursor: string) => {
  const resume = resumeFrom(cursor, { id: 'log-a', ranges });
  return resume.kind === 'reset' ? resume.reason : resume.positions;
};

test('a feed goes on from a cursor that the log still covers, and only from such a one', () => {
  assert.deepEqual(outcome('log-a~10.0'), [10, 0]);
  assert.deepEqual(outcome('log-a~20.5'), [20, 5]);
  assert.equal(outcome('log-a~9.0'), 'expired');
  assert.equal(outcome('log-a~21.0'), 'other-log');
  assert.equal(outcome('log-b~10.0'), 'other-log');
  assert.equal(outcome('log-a~10'), 'other-log');
  assert.equal(outcome('yesterday'), 'cursor-invalid');
});
