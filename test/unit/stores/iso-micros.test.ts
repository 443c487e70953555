import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newestMicros, oldestMicros } from '../../../core/reading.ts';
import { parseRfc3339 } from '../../../core/time.ts';
import { isoMicros } from '../../../stores/tables/iso-micros.ts';

const times = fc.integer({ min: oldestMicros, max: newestMicros });

test('a time is written to the microsecond, and sorts as text as it does as a number', () => {
  assert.equal(isoMicros(0), '1970-01-01T00:00:00.000000Z');
  assert.equal(isoMicros(-1), '1969-12-31T23:59:59.999999Z');
  assert.equal(isoMicros(1_700_000_000_000_007), '2023-11-14T22:13:20.000007Z');
  fc.assert(
    fc.property(times, times, (a, b) => {
      assert.equal(isoMicros(a) < isoMicros(b), a < b);
      if (a >= 0) assert.equal(parseRfc3339(isoMicros(a)), a);
    }),
  );
});
