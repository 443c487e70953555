import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTime, parseTime } from '../../../services/dashboard/api/api-time.ts';

test('a time that was written is read back to the microsecond', () => {
  const micros = fc.integer({ min: -62_000_000_000_000_000, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(
      micros.filter((time) => time > -62_135_596_800_000_000),
      (time) => {
        assert.equal(parseTime(formatTime(time)), time);
      },
    ),
  );
});

test('times are written with milliseconds, and with microseconds where there are any', () => {
  assert.equal(formatTime(1_700_000_000_000_000), '2023-11-14T22:13:20.000Z');
  assert.equal(formatTime(1_700_000_000_123_000), '2023-11-14T22:13:20.123Z');
  assert.equal(formatTime(1_700_000_000_123_006), '2023-11-14T22:13:20.123006Z');
});

test('a time may have any offset, and the plus that a query makes a blank', () => {
  const expected = 1_700_000_000_000_000;
  assert.equal(parseTime('2023-11-14T23:13:20+01:00'), expected);
  assert.equal(parseTime('2023-11-14T23:13:20 01:00'), expected);
  assert.equal(parseTime('2023-11-14T17:13:20-05:00'), expected);
  assert.equal(parseTime('1700000000000'), expected);
});

test('what is no time, or a day that is not there, is none', () => {
  for (const text of [
    '',
    'now',
    '2023-11-14',
    '2023-02-30T00:00:00Z',
    '2023-11-14T22:13:20',
    '1e12',
  ])
    assert.equal(parseTime(text), undefined, text);
});
