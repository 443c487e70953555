import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatAddress,
  type PageAddress,
  parseAddress,
} from '../../../services/dashboard/web/src/app/address-text.ts';

test('what the address says is what was put into it', () => {
  const some = fc.string({ minLength: 1, unit: 'grapheme' });
  const address: fc.Arbitrary<PageAddress> = fc.record({
    entity: fc.option(some),
    field: fc.option(some),
    range: fc.constantFrom('15m', '1h', '6h', '24h', '7d'),
    type: fc.option(some),
    search: fc.string({ unit: 'grapheme' }),
    panel: fc.constantFrom(null, 'ledger', 'dead-letters', 'help'),
    theme: fc.constantFrom(null, 'light', 'dark'),
    at: fc.option(fc.integer({ min: 0, max: 4e12 })),
  });
  fc.assert(
    fc.property(address, (given) =>
      assert.deepEqual(parseAddress(formatAddress(given)), { ...given }),
    ),
  );
});

test('what nobody meant is read as its default', () => {
  assert.deepEqual(parseAddress('?range=3y&panel=constructor&at=yesterday'), parseAddress(''));
  assert.equal(formatAddress(parseAddress('')), '');
});
