import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../../core/make-folder.ts';

test('a folder is made with those above it, and made again without a word', async () => {
  const base = await mkdtemp(join(tmpdir(), 'millrace-folder-'));
  const path = join(base, 'a', 'b');
  makeFolder(path);
  makeFolder(path);
  assert.ok((await stat(path)).isDirectory());
  await rm(base, { recursive: true });
});

test('a folder that can not be made is told at once, with its path', async () => {
  const base = await mkdtemp(join(tmpdir(), 'millrace-folder-'));
  const file = join(base, 'file');
  await writeFile(file, '');
  const isTold = { code: 'SETTING_INVALID', message: /The folder .* can't be made/ };
  assert.throws(() => makeFolder(file), isTold);
  assert.throws(() => makeFolder(join(file, 'below')), isTold);
  await rm(base, { recursive: true });
});

test('a file system that says ENOENT to every mkdir does not keep us for ever', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc',
}, () => {
  assert.throws(() => makeFolder('/proc/millrace/data'), { code: 'SETTING_INVALID' });
});
