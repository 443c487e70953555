import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

test('every code file under test/ is a test, or is used by something that runs', () => {
  const files = globSync('test/**/*.{ts,tsx,js,mjs}');
  const users = [...files, ...globSync('{cli,services}/**/*.ts')];
  // The golden runner finds the format of each folder of cases by its name.
  const goldenFormats = globSync('test/golden/*/format.ts');
  const used = new Set<string>(['test/support/run.ts', 'test/bench/run.ts', ...goldenFormats]);
  for (const file of users) {
    for (const match of readFileSync(file, 'utf8').matchAll(
      /'((?:\.{1,2}\/|[\w-]+)[^' ]*\.(?:ts|js|mjs))'/g,
    )) {
      used.add(normalize(join(dirname(file), match[1] ?? '')));
    }
  }
  const idle = files.filter((file) => !file.endsWith('.test.ts') && !used.has(file));
  assert.deepEqual(idle, []);
});
