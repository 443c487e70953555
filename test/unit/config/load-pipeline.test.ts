import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import { isMillraceError, type MillraceError } from '../../../core/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function failure(path: string): Promise<MillraceError> {
  try {
    await loadPipeline(path);
  } catch (error) {
    assert.ok(isMillraceError(error), String(error));
    return error;
  }
  assert.fail('it loaded');
}

test('a typed configuration anywhere on the disk loads, with millrace itself imported by name', async () => {
  const path = write(
    'millrace.config.ts',
    `import { custom, definePipeline, number, type Reading } from 'millrace';
     const keep = (reading: Pick<Reading, 'numbers'>): boolean => reading.numbers.speed !== 0;
     export default definePipeline({
       name: 'anywhere',
       models: { bus: { fields: { speed: number({ unit: 'm/s' }) } } },
       sources: { buses: { format: custom({ name: 'own', topics: ['bus/+'], emits: { bus: ['speed'] }, decode: () => [] }) } },
       steps: [{ step: 'filter', name: 'moving', entityType: 'bus', keep }],
     });`,
  );
  const pipeline = await loadPipeline(path);
  assert.equal(pipeline.name, 'anywhere');
  assert.equal(pipeline.folder, folder);
});

test('a configuration and what it imports load in a package that npm init made', async () => {
  const packageFolder = mkdtempSync(join(folder, 'package-'));
  writeFileSync(join(packageFolder, 'package.json'), '{"name":"mine","type":"commonjs"}');
  writeFileSync(join(packageFolder, 'tanks.ts'), `export const topics: string[] = ['tanks/+'];`);
  const path = join(packageFolder, 'millrace.config.ts');
  writeFileSync(
    path,
    `import { custom, definePipeline, number } from 'millrace';
     import { topics } from './tanks.ts';
     const format = custom({ name: 'own', topics, emits: { tank: ['level'] }, decode: () => [] });
     export default definePipeline({ name: 'mine', models: { tank: { fields: { level: number() } } }, sources: { tanks: { format } } });`,
  );
  assert.equal((await loadPipeline(path)).name, 'mine');
});

test('a path without a file says so and what to do', async () => {
  const error = await failure(join(folder, 'absent.ts'));
  assert.equal(error.code, 'CONFIG_NOT_FOUND');
  assert.match(error.message, /absent\.ts.*--config/s);
  assert.equal((await failure(folder)).code, 'CONFIG_NOT_FOUND');
});

test('a configuration that throws is named with the line and keeps its own error as the cause', async () => {
  const error = await failure(
    write('throws.ts', `const a = 1;\nthrow new RangeError('no ' + a);\n`),
  );
  assert.equal(error.code, 'CONFIG_THREW');
  assert.match(error.message, /RangeError: no 1 \(line 2\)/);
  assert.ok(error.cause instanceof RangeError);
});

test('a configuration that does not parse, or imports what is not there, could not be loaded', async () => {
  assert.equal((await failure(write('syntax.ts', 'export default {{'))).code, 'CONFIG_THREW');
  assert.equal(
    (await failure(write('import.ts', `import './not-there.ts';`))).code,
    'CONFIG_THREW',
  );
});

test('a configuration with faults lists all of them', async () => {
  const error = await failure(
    write('faults.ts', `export default { name: 1, models: {}, sources: {} };`),
  );
  assert.equal(error.code, 'CONFIG_INVALID');
  assert.match(
    error.message,
    /faults\.ts has 3 faults:\n {2}- name: .*\n {2}- models: .*\n {2}- sources: /,
  );
});

test('a configuration that exports nothing by default says what it should', async () => {
  const error = await failure(write('nothing.ts', 'export const pipeline = 1;'));
  assert.equal(error.code, 'CONFIG_INVALID');
  assert.match(error.message, /export default: expected definePipeline/);
});
