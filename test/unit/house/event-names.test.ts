import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const sources = globSync('{core,formats,stores,services,cli,examples}/**/*.ts');
const called = /\.(?:debug|info|warn|error)\(\s*'([^']+)'/g;

test('events are named by their room and, after a dot, what happened, in words with dashes', () => {
  const names = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(called)].map(([, name = '']) => name),
  );
  assert.ok(names.length > 50);
  const word = '[a-z]+(?:-[a-z]+)*';
  const wellNamed = new RegExp(`^${word}\\.${word}$`);
  assert.deepEqual(
    names.filter((name) => !wellNamed.test(name)),
    [],
  );
});
