import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../../../cli/commands.ts';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import { settingsTable } from '../../../core/config/read-settings.ts';

const readme = readFileSync('README.md', 'utf8');

const commandsTable = [
  '| command | does |',
  '| --- | --- |',
  ...commands.map(({ name, summary }) => `| \`${name}\` | ${summary} |`),
].join('\n');

const settings = [
  '| name | default | meaning |',
  '| --- | --- | --- |',
  ...settingsTable.map((row) => `| \`${row.name}\` | ${row.default} | ${row.meaning} |`),
].join('\n');

/** The README's part between `<!-- name -->` and `<!-- /name -->`; UPDATE_README=1 writes it anew. */
function checkGenerated(name: string, expected: string): void {
  const pattern = new RegExp(`(<!-- ${name} -->\n)([\\s\\S]*?)(\n?<!-- /${name} -->)`);
  assert.match(readme, pattern);
  if (process.env.UPDATE_README === '1') {
    const now = readFileSync('README.md', 'utf8');
    writeFileSync(
      'README.md',
      now.replace(pattern, (_, start, __, end) => `${start}${expected}\n${end.trimStart()}`),
    );
    return;
  }
  assert.equal(pattern.exec(readme)?.[2]?.trim(), expected, 'run this test with UPDATE_README=1');
}

test("the README's commands are those of the command line", () =>
  checkGenerated('commands', commandsTable));

test("the README's settings are those that the code reads", () =>
  checkGenerated('settings', settings));

test('every command that a page shows exists', () => {
  const names = new Set(commands.map(({ name }) => name));
  const pages = globSync([
    'README.md',
    'docs/**/*.md',
    'services/**/README.md',
    'examples/**/*.md',
    'formats/*.md',
  ]);
  const wrong = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/npx millrace ([a-z][a-z-]*)/g)]
      .filter((match) => !names.has(match[1] ?? ''))
      .map((match) => `${page}: ${match[0]}`),
  );
  assert.deepEqual(wrong, []);
});

test('every link of a page to a file of the project leads somewhere', () => {
  const pages = globSync([
    '*.md',
    'docs/**/*.md',
    '{services,formats,examples,core,stores,cli,infra}/**/*.md',
  ]);
  const broken = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .filter((match) => !existsSync(join(dirname(page), match[1] ?? '')))
      .map((match) => `${page}: ${match[1]}`),
  );
  assert.deepEqual(broken, []);
});

test("the README's pipeline is one that millrace check accepts", async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const folder = await mkdtemp('test/.readme-');
  try {
    const path = join(folder, 'millrace.config.ts');
    await writeFile(path, example);
    const pipeline = await loadPipeline(path);
    assert.equal(pipeline.name, 'air');
  } finally {
    await rm(folder, { recursive: true });
  }
});
