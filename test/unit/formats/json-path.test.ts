import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compile } from 'json-p3';
import { compileJsonPath } from '../../../formats/json/json-path.ts';

const names = ['a', 'b', '__proto__', "it's"];
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, 1, 'x', true),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
})).value;
const step = fc.oneof(
  fc.constantFrom(...names).map((name) => `[${JSON.stringify(name)}]`),
  fc.constantFrom('a', 'b', 'length').map((name) => `.${name}`),
  fc.integer({ min: -3, max: 3 }).map((index) => `[${index}]`),
);

test('the quick way along a simple path finds what the library finds', () => {
  let found = 0;
  fc.assert(
    fc.property(tree, fc.array(step, { maxLength: 4 }), (root, steps) => {
      // What JSON.parse makes, own `__proto__` keys included.
      const parsed = JSON.parse(JSON.stringify(root));
      const text = `$${steps.join('')}`;
      const [node, ...more] = [...compile(text).query(parsed)];
      const own = compileJsonPath(text).findIn(parsed);
      assert.equal(more.length, 0);
      assert.ok(own !== 'several');
      assert.deepEqual(
        own === undefined ? [] : [own.value],
        node === undefined ? [] : [node.value],
      );
      if (steps.length > 0 && own !== undefined) found++;
    }),
    { numRuns: 4000 },
  );
  assert.ok(found > 100, `${found} paths led somewhere`);
});
