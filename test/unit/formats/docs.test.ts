import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { Format, FormatOutcome } from '../../../core/format.ts';
import * as millrace from '../../../index.ts';

/**
 * docs/formats.md: under a heading a declaration (```ts), a payload after its topic's line (```payload, or
 * ```payload-hex), and what it becomes (```json).
 */
const page = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
const examples = page
  .split(/^## /m)
  .map((section) => ({
    title: section.split('\n', 1)[0],
    declaration: /^```ts\n([\s\S]*?);?\n```$/m.exec(section)?.[1],
    payload: /^```payload(-hex)?\n([^\n]*)\n([\s\S]*?)\n```$/m.exec(section),
    expected: /^```json\n([\s\S]*?)\n```$/m.exec(section)?.[1],
  }))
  .filter(({ payload }) => payload !== null);

test('the page of formats has an example of each format that it tells of', () => {
  assert.ok(examples.length >= 6);
});

for (const { title, declaration = '', payload, expected = '' } of examples) {
  test(`the example of ${title} becomes what the page says`, () => {
    const format = runInNewContext(`(${declaration})`, { ...millrace }) as Format;
    assert.deepEqual(JSON.parse(JSON.stringify(format.faults ?? [])), []);
    const [, isHex, topic = '', text = ''] = payload ?? [];
    const bytes = isHex ? Buffer.from(text.replaceAll(' ', ''), 'hex') : Buffer.from(`${text}\n`);
    const outcomes = format.decode({ topic, payload: bytes }).map(shown);
    assert.deepEqual(JSON.parse(JSON.stringify(outcomes)), JSON.parse(expected));
  });
}

/** As the page writes it: without what is empty, its time for people. */
function shown(outcome: FormatOutcome): unknown {
  if (outcome.kind === 'drop') return 'filtered';
  if (outcome.kind === 'deadLetter') return `${outcome.detail} (${outcome.place})`;
  if (outcome.kind === 'request') return outcome.kind;
  const { entityType, entityId, observedAt, id, ...rest } = outcome.observation;
  const filled = Object.entries(rest).filter(
    ([, value]) => value !== null && Object.keys(value ?? {}).length > 0,
  );
  return {
    entity: `${entityType}/${entityId}`,
    id,
    observedAt: observedAt === undefined ? undefined : new Date(observedAt / 1000),
    ...Object.fromEntries(filled),
  };
}
