/**
 * A case is a folder `<format>/<case>` with `input` (the topic, a line break, then the payload's bytes) and
 * `expected.json` (the outcomes). Of a format that remembers, `before-1`, `before-2`, ... hold what came earlier, in
 * the shape of `input`. `format.ts` beside the cases says which format. A new case is a new folder:
 * with UPDATE_GOLDEN=1 its `expected.json` is written, to be read before it is kept.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Format, FormatInput } from '../../core/format.ts';
import { mapMemory } from '../support/map-memory.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

for (const input of globSync('*/*/input', { cwd: folder }).sort()) {
  const name = dirname(input);
  test(`${name} decodes as expected`, async () => {
    const { format } = (await import(`./${dirname(name)}/format.ts`)) as { format: Format };
    assert.deepEqual(format.faults ?? [], []);
    const memory = format.remembers ? mapMemory() : undefined;
    for (const before of globSync(`${name}/before-*`, { cwd: folder }).sort())
      format.decode({ ...readInput(before), memory });
    const outcomes = format.decode({ ...readInput(input), memory });
    const path = `${folder}/${name}/expected.json`;
    if (process.env.UPDATE_GOLDEN === '1' && !existsSync(path))
      writeFileSync(path, `${JSON.stringify(outcomes, null, 2)}\n`);
    // As JSON: what is undefined is absent.
    const decoded = JSON.parse(JSON.stringify(outcomes));
    assert.deepEqual(decoded, JSON.parse(readFileSync(path, 'utf8')));
  });
}

function readInput(path: string): FormatInput {
  const bytes = readFileSync(`${folder}/${path}`);
  const lineEnd = bytes.indexOf('\n');
  return { topic: bytes.toString('utf8', 0, lineEnd), payload: bytes.subarray(lineEnd + 1) };
}
