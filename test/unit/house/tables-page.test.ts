import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import { type ColumnSource, typesFor } from '../../../core/tables/column-type.ts';
import { tablePlans } from '../../../core/tables/table-plan.ts';

const page = await readFile('docs/tables.md', 'utf8');

test('the configuration of docs/tables.md is one that loads', async () => {
  const [, configuration = ''] = /```ts\n([\s\S]+?)```/.exec(page) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'millrace-page-'));
  try {
    await writeFile(join(folder, 'millrace.config.ts'), configuration);
    const [orders] = tablePlans(await loadPipeline(join(folder, 'millrace.config.ts')));
    assert.deepEqual(orders?.key, ['order_id']);
    assert.equal(orders?.columns.length, 6);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('docs/tables.md names the types of each kind of field, and no others', () => {
  const [, table = ''] = /## Types\n([\s\S]+?)\n\n\*time/.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| (\w+) \| (`.+) \|$/gm)];
  assert.equal(rows.length, 9);
  for (const [, source, types = ''] of rows)
    assert.deepEqual(
      types.split(', ').map((type) => type.replaceAll('`', '')),
      typesFor(source as ColumnSource),
      source,
    );
});
