import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type NumberTexts,
  numberTextsOf,
  unlikeDoubles,
} from '../../../formats/json/number-texts.ts';

/** The same by the reviver of JSON.parse, which is told each number's source text (ES2026). */
function byReviver(text: string): { root: unknown; texts: NumberTexts } {
  const texts: NumberTexts = new Map();
  const parse = JSON.parse as (
    text: string,
    reviver: (this: object, key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  const root = parse(text, function keepDigits(key, value, { source }) {
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    texts.set(this, (texts.get(this) ?? new Map()).set(key, source));
    return value;
  });
  return { root, texts };
}

/** Every number's path and digits, by walking both. */
function digitsIn(value: unknown, texts: NumberTexts | undefined, path = '$'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const digits = typeof inner === 'number' ? texts?.get(value)?.get(key) : undefined;
    const here = digits === undefined ? [] : [`${path}/${JSON.stringify(key)} ${digits}`];
    return [...here, ...digitsIn(inner, texts, `${path}/${JSON.stringify(key)}`)];
  });
}

const number = fc.constantFrom(
  '0.10',
  '1e5',
  '-0',
  '12345678901234567890',
  '1.5',
  '7',
  '0.0000001',
  '-1.0E-3',
);
// No name that is a backslash alone: after one, Node 24's JSON.parse takes a next escaped name for it.
const key = fc.constantFrom(
  'a',
  'b',
  '\\u0061',
  'a\\"b',
  'c\\\\d',
  '__proto__',
  '',
  '1',
  'toString',
);
const text = fc.constantFrom(
  '"0.10"',
  '"\\""',
  '"\\\\"',
  '"[{,1e5"',
  '"\\\\\\"1.0"',
  'null',
  'true',
);
const json = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, number, text, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4 }).map((all) => `[ ${all.join(' ,\n')}]`),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((all) => `{ ${all.map(([name, value]) => `"${name}" :${value}`).join(', ')} }`),
}));

test('digits are kept as the reviver of JSON.parse tells them, names that stand there twice too', () => {
  fc.assert(
    fc.property(fc.oneof(json.list, json.object), (payload) => {
      const { root, texts } = byReviver(payload);
      const parsed: unknown = JSON.parse(payload);
      assert.deepEqual(digitsIn(parsed, numberTextsOf(payload, parsed)), digitsIn(root, texts));
    }),
    { numRuns: 3000 },
  );
});

test('a number alone, and a payload without such numbers, have none', () => {
  assert.equal(numberTextsOf('0.10', 0.1), undefined);
  assert.equal(numberTextsOf('{"a":1.5}', { a: 1.5 }), undefined);
});

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength });
/** Any number as RFC 8259 has it, most of them about where a double's digits end. */
const anyNumber = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(
      fc.constant('0'),
      fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String),
      fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }).map(String),
      fc.bigInt({ min: 9n * 10n ** 15n - 3n, max: 9n * 10n ** 15n + 3n }).map(String),
    ),
    fraction: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, digits(18)),
    exponent: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('e5', 'E-7')),
  })
  .map(
    ({ sign, whole, fraction, exponent }) =>
      `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}${exponent}`,
  );

test('no number that a double would write otherwise is taken for one that it would not', () => {
  fc.assert(
    fc.property(anyNumber, (source) => {
      if (`${Number(source)}` !== source) assert.match(source, unlikeDoubles);
    }),
    { numRuns: 20_000 },
  );
});

test('a time in microseconds spares a payload the slow way', () => {
  assert.doesNotMatch('{"ts":1763852000123456,"pm25":11.25}', unlikeDoubles);
});
