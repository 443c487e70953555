import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCatalogue } from '../../../core/errors.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const headings = (section: string) => {
  const body = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  return [...body.matchAll(/^### `([^`]+)`/gm)].map((match) => match[1] ?? '').sort();
};

test('docs/errors.md explains every error of the catalogue, and no other', () => {
  assert.deepEqual(headings('Errors'), Object.keys(errorCatalogue).sort());
});

test('docs/errors.md explains every reason of a dead letter, and no other', () => {
  const outcome = readFileSync('core/outcome.ts', 'utf8');
  const union = outcome.slice(outcome.indexOf('DeadLetterReason ='), outcome.indexOf('DropReason'));
  const reasons = [...union.matchAll(/\| '([a-z0-9-]+)'/g)].map((match) => match[1] ?? '').sort();
  assert.ok(reasons.length > 10);
  assert.deepEqual(headings('Reasons'), reasons);
});

test('every error of the catalogue is thrown somewhere, and its page says what to do', () => {
  for (const code of Object.keys(errorCatalogue)) {
    const text = page.split(`### \`${code}\``)[1]?.split('###')[0] ?? '';
    assert.match(text, /\*\*Do:\*\*/, `${code} has no line that begins with **Do:**`);
  }
});
