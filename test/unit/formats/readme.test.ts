import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mappingKeys } from '../../../formats/json/declaration-schema.ts';

const readme = readFileSync(new URL('../../../formats/README.md', import.meta.url), 'utf8');

test('the table of the JSON mapping has a row for each key that a mapping takes, but its name', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` +\|/gm)].map((match) => match[1]);
  assert.deepEqual(
    rows.slice(0, mappingKeys.length - 1).sort(),
    mappingKeys.filter((key) => key !== 'name').sort(),
  );
});
