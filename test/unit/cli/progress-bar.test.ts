import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '../../../cli/progress-bar.ts';

test('the time to go is a question mark as long as there is nothing to reckon from', () => {
  assert.deepEqual(['INF', 'NULL', Number.NaN, Number.POSITIVE_INFINITY].map(formatTime), [
    '?',
    '?',
    '?',
    '?',
  ]);
});

test('the time to go is in hours, minutes and seconds', () => {
  assert.deepEqual([0, 7, 59, 60, 130, 3600, 3900].map(formatTime), [
    '0s',
    '7s',
    '59s',
    '1m 00s',
    '2m 10s',
    '1h 00m',
    '1h 05m',
  ]);
});
