import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHeldText, nameText, toHeldText } from '../../../stores/influx/line-text.ts';

const awkward = fc
  .array(fc.constantFrom('\\', ',', ' ', '=', '\n', '%', '0A', '5C', '25', 'x'))
  .map((parts) => parts.join(''));

test('what line protocol cannot hold is encoded without loss', () => {
  fc.assert(
    fc.property(fc.oneof(awkward, fc.string()), (text) => {
      const held = toHeldText(text);
      assert.equal(fromHeldText(held), text);
      assert.doesNotMatch(held, /\n|\\$|\\[,= ]/);
    }),
    { numRuns: 1000 },
  );
});

test('texts that it can hold stay as they are', () => {
  for (const text of ['18/1029', 'C:\\bus', '100%', '%2F', 'ø 🚌', "it's", '"'])
    assert.equal(toHeldText(text), text);
  assert.equal(nameText('a b,c=d'), 'a\\ b\\,c\\=d');
});

test('documented: newline, backslash at the end, and their codes', () => {
  assert.equal(toHeldText('a\nb'), 'a%0Ab');
  assert.equal(toHeldText('a\\'), 'a%5C');
  assert.equal(toHeldText('a\\\\,b'), 'a%5C%5C,b');
  assert.equal(toHeldText('a%0A'), 'a%250A');
});
