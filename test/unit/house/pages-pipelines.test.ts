import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';

/** The whole pipelines of a page, and the names that they must have. */
const pages: readonly [page: string, names: readonly string[]][] = [
  ['docs/dead-letters.md', ['air']],
  ['docs/formats.md', ['rooms', 'home']],
  ['docs/mqtt.md', ['plant']],
  ['formats/README.md', ['press-shop', 'house']],
];

for (const [page, names] of pages) {
  test(`the pipelines of ${page} are such that millrace check accepts`, async () => {
    const blocks = [...readFileSync(page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
      .map(([, code = '']) => code)
      .filter((code) => /^export default definePipeline/m.test(code));
    const folder = await mkdtemp('test/.page-');
    const found: string[] = [];
    try {
      for (const [index, code] of blocks.entries()) {
        const path = join(folder, `${index}.config.ts`);
        await writeFile(path, code);
        found.push((await loadPipeline(path)).name);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    for (const name of names) assert.ok(found.includes(name), `${name} is not in ${found}`);
  });
}

test('the packet of docs/mqtt.md has the time at which it is tried: an old one would be expired', () => {
  const page = readFileSync('docs/mqtt.md', 'utf8');
  const [, packet = ''] = /(mosquitto_pub [^\n]*)/.exec(page) ?? [];
  assert.match(packet, /\{\\"ts\\": \$\(date \+%s\)000,/);
});
