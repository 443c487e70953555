import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../cli/bench/millrace-process.ts';
import { spawnMillrace } from '../support/run-millrace.ts';
import { until } from '../support/until.ts';

const config = fileURLToPath(new URL('../crash/numbered-pipeline.config.ts', import.meta.url));
const losing = fileURLToPath(new URL('../support/lose-log-thread.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'millrace-lost-thread-'));
after(() => rm(folder, { recursive: true, force: true }));

test('a process whose log thread is gone says so and ends with 1, and the next one goes on', async () => {
  const command = ['run', 'mqtt-ingress', 'enricher', 'sqlite-sink', '--config', config];
  const opsPort = String(await freePort());
  const env = {
    MILLRACE_DATA_DIR: folder,
    MILLRACE_MQTT_LISTEN: '127.0.0.1:0',
    MILLRACE_OPS_PORT: opsPort,
  };
  const isReady = async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok;
  const first = spawnMillrace(command, { ...env, NODE_OPTIONS: `--import=${losing}` });
  try {
    await until(isReady);
    first.child.kill('SIGUSR2');
    await until(() => first.child.exitCode !== null, 10_000);
  } finally {
    first.child.kill('SIGKILL');
  }
  const { code, stdout } = await first.finished;
  assert.equal(code, 1, stdout);
  assert.match(stdout, /"event":"log\.thread-ended"/);
  assert.match(stdout, /Start Millrace/);

  const second = spawnMillrace(command, env);
  try {
    await until(isReady);
  } finally {
    second.child.kill('SIGTERM');
  }
  assert.equal((await second.finished).code, 0);
});

test('a tail whose reading thread is gone ends with 1 and says why, instead of waiting for ever', async () => {
  const { child, output, finished } = spawnMillrace(['tail', 'models.v1', '--from', 'earliest'], {
    MILLRACE_DATA_DIR: folder,
    NODE_OPTIONS: `--import=${losing}`,
  });
  try {
    await until(() => output.stdout.includes('meter'));
    child.kill('SIGUSR2');
    await until(() => child.exitCode !== null, 10_000);
  } finally {
    child.kill('SIGKILL');
  }
  const { code, stderr } = await finished;
  assert.equal(code, 1);
  assert.match(stderr, /LOG_UNAVAILABLE/);
});
