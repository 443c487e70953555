import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectChecks } from '../../../cli/check/connect-checks.ts';
import { startSchemaRegistry } from '../../support/start-schema-registry.ts';
import { testSettings } from '../../support/test-settings.ts';

test('check --connect asks the schema registry, with its user and without showing him', async () => {
  const credentials = { username: 'mill', password: 'secret' };
  const registry = await startSchemaRegistry({ credentials });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-check-'));
  const checkOf = async (schemaRegistryUrl: string) => {
    const checks = await connectChecks(testSettings(folder, { schemaRegistryUrl }));
    return checks.find(({ what }) => what.startsWith('schema registry'));
  };
  try {
    const { host } = new URL(registry.url);
    const what = `schema registry http://${host}`;
    assert.deepEqual(await checkOf(registry.url), { what, ok: true, found: '0 subjects' });
    const wrong = await checkOf(`http://mill:wrong@${host}`);
    assert.deepEqual(wrong, { what, ok: false, detail: 'Unauthorized' });
  } finally {
    await registry.stop();
    await rm(folder, { recursive: true });
  }
});
