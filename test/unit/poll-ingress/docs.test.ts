import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';

const page = readFileSync(new URL('../../../docs/polls.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** What stands in a source, in a whole configuration. */
const around = (poll: string) => `
import { definePipeline, json, secret } from 'millrace';
export default definePipeline({
  name: 'docs',
  models: { thing: { fields: {} } },
  sources: {
    things: { format: json({ entity: { type: 'thing', id: '{$.id}' }, fields: {} }), ${poll} },
  },
});
void secret;
`;

test('every configuration in docs/polls.md is taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'));
  process.env.ORDERS_CLIENT_SECRET = 'of-the-test';
  try {
    assert.ok(blocks.length >= 6);
    for (const [index, block] of blocks.entries()) {
      const file = join(folder, `${index}.config.ts`);
      await writeFile(file, block.startsWith('import') ? block : around(block));
      const { sources } = await loadPipeline(file, assert.fail);
      assert.ok(Object.values(sources).every(({ poll }) => poll !== undefined));
    }
  } finally {
    delete process.env.ORDERS_CLIENT_SECRET;
    await rm(folder, { recursive: true });
  }
});
