import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type NumberTexts, numberTextsOf } from '../../../formats/json/number-texts.ts';

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
