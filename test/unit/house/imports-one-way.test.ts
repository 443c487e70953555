import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const floors = ['core', 'formats', 'stores', 'services', 'cli'];
/** A file may import from the floors named here, and from its own. */
const below: Record<string, readonly string[]> = {
  core: [],
  formats: ['core'],
  stores: ['core'],
  services: ['core', 'formats', 'stores'],
  cli: ['core', 'formats', 'stores', 'services'],
};

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    normalize(join(dirname(file), match[1] ?? '')),
  );
}

const sources = globSync('{core,formats,stores,services,cli}/**/*.{ts,tsx}');

test('imports go one way: cli, services, formats and stores, core', () => {
  const wrong = sources.flatMap((file) => {
    const floor = file.split('/')[0] ?? '';
    return importsOf(file)
      .filter((target) => {
        const other = target.split('/')[0] ?? '';
        return floors.includes(other) && other !== floor && !below[floor]?.includes(other);
      })
      .map((target) => `${file} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('no service imports another: they meet in topics', () => {
  const room = (path: string) => path.split('/').slice(0, 2).join('/');
  const wrong = sources
    .filter((file) => file.startsWith('services/'))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('services/') && room(target) !== room(file))
        .map((target) => `${file} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test('kafkajs stays behind the log', () => {
  const wrong = sources.filter(
    (file) =>
      !file.startsWith('core/log/kafka/') && /from 'kafkajs'/.test(readFileSync(file, 'utf8')),
  );
  assert.deepEqual(wrong, []);
});

test('the pure rooms read no clock and do no input or output', () => {
  const pure = globSync([
    'formats/**/*.ts',
    'services/enricher/steps/**/*.ts',
    'services/webhook-ingress/verify/*.ts',
  ]);
  assert.ok(pure.length > 3);
  const wrong = pure.filter((file) =>
    /Date\.now\(|performance\.now\(|Math\.random\(|new Date\(\)|from 'node:(fs|net|http|child_process|worker_threads)/.test(
      readFileSync(file, 'utf8'),
    ),
  );
  assert.deepEqual(wrong, []);
});
