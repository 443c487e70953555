import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../cli/bench/millrace-process.ts';
import { runMillrace } from '../support/run-millrace.ts';

const folder = await mkdtemp(join(tmpdir(), 'millrace-check-'));
after(() => rm(folder, { recursive: true, force: true }));
const city = fileURLToPath(new URL('../../examples/city/millrace.config.ts', import.meta.url));
const transit = fileURLToPath(
  new URL('../../examples/transit/millrace.config.ts', import.meta.url),
);

test('the examples are valid', async () => {
  for (const config of [city, transit]) {
    const { code, stdout, stderr } = await runMillrace(['check', '--config', config]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /is valid\.$/m);
  }
});

test('check lists the faults of the configuration and of the settings, all at once', async () => {
  const config = join(folder, 'faulty.config.js');
  await writeFile(
    config,
    `export default {
      name: 'faulty',
      models: { car: { fields: { speed: { kind: 'number', unit: 'furlongs' } }, colorBy: 'sped' } },
      sources: {},
      steps: [{ step: 'compute', name: 'x', entityType: 'cart', set: {} }],
      retention: { history: 'long' },
    };`,
  );
  const { code, stdout } = await runMillrace(['check', '--config', config], {
    MILLRACE_HTTP_PORT: 'eighty',
  });
  assert.equal(code, 1);
  for (const place of [
    'models.car.fields.speed.unit',
    'models.car.colorBy',
    'steps[0].entityType',
    'retention.history',
    'MILLRACE_HTTP_PORT',
  ])
    assert.ok(stdout.includes(place), `${place} is missing in:\n${stdout}`);
});

test('a configuration that is not there is a sentence, and so it is as JSON', async () => {
  const { code, stdout } = await runMillrace([
    'check',
    '--json',
    '--config',
    join(folder, 'no.ts'),
  ]);
  assert.equal(code, 1);
  assert.match(JSON.parse(stdout).faults[0], /There is no configuration file at/);
});

test('check --connect tries each port, the folder and the outside broker, and leaves nothing behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dataDir = join(folder, 'data');
  try {
    const { code, stdout } = await runMillrace(
      ['check', '--connect', '--json', '--config', city, '--data-dir', dataDir],
      {
        MILLRACE_HTTP_PORT: String(port),
        MILLRACE_MQTT_LISTEN: `127.0.0.1:${await freePort()}`,
        MILLRACE_MQTT_URL: 'mqtt://127.0.0.1:1',
      },
    );
    assert.equal(code, 1);
    const { connections } = JSON.parse(stdout);
    assert.deepEqual(
      connections.map(({ ok }: { ok: boolean }) => ok),
      [true, false, true, false],
    );
    assert.match(connections[1].detail, /MILLRACE_HTTP_PORT/);
    assert.equal(existsSync(dataDir), false);
  } finally {
    taken.close();
  }
});
