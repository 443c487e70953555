/**
 * A case is a folder `<format>/<case>` with `input` (the topic, a line break, then the payload's bytes) and
 * `expected.json` (the outcomes). `format.ts` beside the cases says which format. A new case is a new folder:
 * with UPDATE_GOLDEN=1 its `expected.json` is written, to be read before it is kept.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Format } from '../../core/format.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

for (const input of globSync('*/*/input', { cwd: folder }).sort()) {
  const name = dirname(input);
  test(`${name} decodes as expected`, async () => {
    const { format } = (await import(`./${dirname(name)}/format.ts`)) as { format: Format };
    assert.deepEqual(format.faults ?? [], []);
    const bytes = readFileSync(`${folder}/${input}`);
    const lineEnd = bytes.indexOf('\n');
    const outcomes = format.decode({
      topic: bytes.toString('utf8', 0, lineEnd),
      payload: bytes.subarray(lineEnd + 1),
    });
    const path = `${folder}/${name}/expected.json`;
    if (process.env.UPDATE_GOLDEN === '1' && !existsSync(path))
      writeFileSync(path, `${JSON.stringify(outcomes, null, 2)}\n`);
    // As JSON: what is undefined is absent.
    const decoded = JSON.parse(JSON.stringify(outcomes));
    assert.deepEqual(decoded, JSON.parse(readFileSync(path, 'utf8')));
  });
}
