import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileJsonPath, numberText } from '../../../formats/json/json-path.ts';
import { parseJson } from '../../../formats/json/json-text.ts';

const digits = (maxLength: number) =>
  fc.array(fc.nat(9), { minLength: 1, maxLength }).map((all) => all.join(''));
/** Numbers as JSON may write them, `-0.10e+05` and all. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(20),
    fc.option(digits(20)),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(2))),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole.replace(/^0+(?=\d)/, '')}${fraction === null ? '' : `.${fraction}`}${exponent?.join('') ?? ''}`,
  );

test('every number keeps the text that it was sent as', () => {
  const path = compileJsonPath('$.list[0]');
  fc.assert(
    fc.property(
      fc.oneof(
        number,
        fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
        fc.constantFrom('-0', '0.0000001', '1.10', '100'),
      ),
      (text) => {
        const parsed = parseJson(Buffer.from(`{"list":[${text}]}`), { withNumberTexts: true });
        assert.ok(parsed.kind === 'parsed');
        const found = path.findIn(parsed.root);
        assert.ok(found !== undefined && found !== 'several');
        assert.equal(numberText(found, parsed.numberTexts), text);
      },
    ),
    { numRuns: 3000 },
  );
});
