import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fittedDecimal, plainDecimal, wholeDecimal } from '../../../stores/tables/decimal-text.ts';

test('a decimal is written out, with the places that it came with', () => {
  const cases: [string, string | undefined][] = [
    ['199.00', '199.00'],
    ['007', '7'],
    ['1e3', '1000'],
    ['-1.25e-4', '-0.000125'],
    ['12.5e1', '125'],
    ['12.50e1', '125.0'],
    ['-0.00', '0.00'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['+4', '4'],
    ['1e999', `1${'0'.repeat(999)}`],
    ['1e1000', undefined],
    ['', undefined],
    ['.', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['1,50', undefined],
    [' 1', undefined],
    ['1'.repeat(1001), undefined],
  ];
  for (const [given, expected] of cases) assert.equal(plainDecimal(given), expected, given);
});

test('what would be rounded away fits only where that is allowed', () => {
  const money = { precision: 7, scale: 2, exact: true };
  assert.equal(fittedDecimal('99999.99', money), '99999.99');
  assert.equal(fittedDecimal('99999.990', money), '99999.99');
  assert.equal(fittedDecimal('100000', money), undefined);
  assert.equal(fittedDecimal('1.005', money), undefined);
  const measured = { ...money, exact: false };
  assert.equal(fittedDecimal('1.005', measured), '1.01');
  assert.equal(fittedDecimal('-1.005', measured), '-1.01');
  assert.equal(fittedDecimal('0.0049', measured), '0.00');
  assert.equal(fittedDecimal('-0.0049', measured), '0.00');
  assert.equal(fittedDecimal('99999.995', measured), undefined);
  assert.equal(fittedDecimal('0.996', { precision: 2, scale: 2, exact: false }), undefined);
  assert.equal(wholeDecimal('12.0'), 12n);
  assert.equal(wholeDecimal('12.5'), undefined);
});

test('a number of cents is the same amount whatever notation it comes in', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(12), (cents, shift) => {
      const fitted = fittedDecimal(`${cents}e-2`, { precision: 40, scale: 2, exact: true });
      const moved = fittedDecimal(`${cents}${'0'.repeat(shift)}E-${shift + 2}`, {
        precision: 40,
        scale: 2,
        exact: true,
      });
      assert.equal(fitted, moved);
      assert.equal(BigInt(fitted?.replace('.', '') ?? ''), cents);
    }),
  );
});
