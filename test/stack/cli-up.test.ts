import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, type MillraceUp, startMillrace } from '../../cli/bench/millrace-process.ts';
import { runMillrace, spawnMillrace } from '../support/run-millrace.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const transit = join(root, 'examples/transit/millrace.config.ts');
const recording = join(root, 'examples/transit/input/currentStopNull.dump.gz');
/** Lines of the recording, counted by `zcat | wc -l`. */
const recordedPackets = 1034;

const folder = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
after(() => rm(folder, { recursive: true, force: true }));

async function getJson(url: string) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return answer.json();
}

async function settledLedger(up: MillraceUp, accepted: number) {
  return until(async () => {
    const { sources } = await getJson(`${up.http}/api/v1/ledger`);
    const sink = sources.hfp.sinks['sqlite-sink'];
    return sources.hfp.accepted === accepted && sources.hfp.inFlight === 0 && sink.inFlight === 0
      ? sources.hfp
      : undefined;
  });
}

describe('beside a running millrace up', () => {
  const dataDir = join(folder, 'beside');
  let up: MillraceUp;
  const env = () => ({
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_MQTT_LISTEN: `127.0.0.1:${up.mqttPort}`,
  });
  before(async () => {
    up = await startMillrace({ configPath: transit, dataDir });
  });
  after(() => up.stop());

  test('a replayed HFP recording is in the ledger to the last packet', async () => {
    const { code, stdout, stderr } = await runMillrace(
      ['replay', recording, '--shift-to-now', '--speed', 'max'],
      env(),
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      new RegExp(`^${recordedPackets} packets sent, ${recordedPackets} acknowledged`),
    );
    const hfp = await settledLedger(up, recordedPackets);
    const { stored, expired, difference } = hfp.sinks['sqlite-sink'];
    assert.equal(
      hfp.deduplicated + hfp.filtered + hfp.deadLettered + hfp.passedOn,
      recordedPackets,
    );
    assert.equal(stored + expired, hfp.passedOn);
    assert.equal(hfp.difference + difference, 0);
  });

  test('no time of a shifted replay is ahead of the clock', async () => {
    const { items } = await getJson(`${up.http}/api/v1/entities?type=vehicle`);
    assert.equal(items.length, 1);
    assert.ok(Date.parse(items[0].observedAt) <= Date.now());
    assert.equal(items[0].texts.vehicleType, 'C', 'joined with the register');
  });

  test('tail prints decoded records as JSON lines, filtered and limited', async () => {
    const { code, stdout } = await runMillrace(
      [
        'tail',
        'readings.enriched.v1',
        '--from',
        'earliest',
        '--where',
        '@.numbers.odometer > 10000',
        '--limit',
        '3',
      ],
      env(),
    );
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, 3);
    for (const { key, value } of lines) {
      assert.equal(key, 'vehicle/0018/01029');
      assert.ok(value.numbers.odometer > 10000);
    }
  });

  test('tail follows what comes, and its reader may leave without a complaint', async () => {
    const tail = spawnMillrace(['tail', 'readings.raw.v1', '--where', 'event=DUE'], env());
    try {
      await until(async () => {
        await runMillrace(['replay', recording, '--shift-to-now', '--speed', 'max'], env());
        return tail.output.stdout.includes('\n');
      });
      tail.child.stdout.destroy();
      await until(async () => {
        await runMillrace(['replay', recording, '--shift-to-now', '--speed', 'max'], env());
        return tail.child.exitCode !== null;
      });
      assert.equal(tail.child.exitCode, 0, tail.output.stderr);
      assert.equal(tail.output.stderr, '');
    } finally {
      tail.child.kill('SIGKILL');
    }
  });

  test('a packet that can not be decoded is found by dlq ls and shown with its bytes', async () => {
    const topic = '/hfp/v2/journey/ongoing/vp/bus/0018/01029/x';
    await runMillrace(['publish', topic, '{"VP": nonsense'], env());
    const letter = await until(async () => {
      const { stdout } = await runMillrace(
        ['dlq', 'ls', '--each', '--json', '--reason', 'payload-not-json'],
        env(),
      );
      return JSON.parse(stdout).items[0];
    });
    assert.equal(letter.text, '{"VP": nonsense');
    const groups = await runMillrace(['dlq', 'ls'], env());
    assert.match(groups.stdout, /^1 +payload-not-json +ingress +hfp/m);
    const shown = await runMillrace(['dlq', 'show', letter.id], env());
    assert.equal(shown.code, 0);
    assert.ok(shown.stdout.includes(topic) && shown.stdout.endsWith('{"VP": nonsense\n'));
    assert.equal((await runMillrace(['dlq', 'show', 'no-such'], env())).code, 1);
  });

  test("explain tells a reading's way through log and store", async () => {
    const { stdout } = await runMillrace(
      ['tail', 'readings.enriched.v1', '--from', 'earliest', '--limit', '1'],
      env(),
    );
    const { eventId } = JSON.parse(stdout).value;
    const told = await runMillrace(['explain', eventId], env());
    assert.equal(told.code, 0, told.stderr);
    assert.match(
      told.stdout,
      /^raw .*readings\.raw\.v1.*\n(.*\n)*enriched .*\n.*vehicleType=C(.*\n)*stored /m,
    );
    const { raw, enriched, sinks } = JSON.parse(
      (await runMillrace(['explain', eventId, '--json'], env())).stdout,
    );
    assert.deepEqual(
      [raw.length, enriched.length, sinks],
      [1, 1, { 'sqlite-sink': { hasRead: true } }],
    );
    assert.equal((await runMillrace(['explain', 'no-such'], env())).code, 1);
  });

  test('a second start on the folder is refused with a sentence', async () => {
    const { code, stderr } = await runMillrace(['up', '--config', transit], {
      ...env(),
      MILLRACE_HTTP_PORT: String(await freePort()),
      MILLRACE_MQTT_LISTEN: `127.0.0.1:${await freePort()}`,
    });
    assert.equal(code, 1);
    assert.match(stderr, /Another process writes to the data folder .*DATA_DIR_IN_USE/s);
  });

  test('a start on a taken port is refused, naming port and setting', async () => {
    for (const [setting, taken] of [
      ['MILLRACE_HTTP_PORT', new URL(up.http).port],
      ['MILLRACE_MQTT_LISTEN', String(up.mqttPort)],
    ] as const) {
      const free = String(await freePort());
      const isHttp = setting === 'MILLRACE_HTTP_PORT';
      const { code, stderr } = await runMillrace(
        ['up', '--config', transit, '--data-dir', join(folder, 'refused')],
        {
          MILLRACE_HTTP_PORT: isHttp ? taken : free,
          MILLRACE_MQTT_LISTEN: `127.0.0.1:${isHttp ? free : taken}`,
        },
      );
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`Port ${taken} .*${setting}.*PORT_TAKEN`, 's'));
    }
  });

  test('backup copies the folder while it is in use, and the store can be made anew from the copy', async () => {
    const copy = join(folder, 'copy');
    const done = await runMillrace(['backup', copy, '--json'], env());
    assert.equal(done.code, 0, done.stderr);
    assert.ok(JSON.parse(done.stdout).files.includes('log.db'));
    const rebuilt = await runMillrace([
      'rebuild',
      '--json',
      '--config',
      transit,
      '--data-dir',
      copy,
    ]);
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    const { sources } = await getJson(`${up.http}/api/v1/ledger`);
    assert.equal(
      JSON.parse(rebuilt.stdout).sources.hfp.stored,
      sources.hfp.sinks['sqlite-sink'].stored,
    );
    const refused = await runMillrace(['rebuild', '--config', transit], env());
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /DATA_DIR_IN_USE/);
  });
});

test('SIGTERM while packets come in: what was acknowledged is there at the next start', async () => {
  const dataDir = join(folder, 'drain');
  const up = await startMillrace({ configPath: transit, dataDir });
  const replay = spawnMillrace(
    ['replay', recording, '--speed', '200', '--shift-to-now', '--loop'],
    { MILLRACE_MQTT_LISTEN: `127.0.0.1:${up.mqttPort}` },
  );
  let again: MillraceUp | undefined;
  try {
    await until(async () => {
      const { sources } = await getJson(`${up.http}/api/v1/ledger`);
      return sources.hfp.accepted > 200;
    });
    const startedMs = performance.now();
    assert.equal(await up.stop(), 0);
    assert.ok(performance.now() - startedMs < 10_000);
    replay.child.kill('SIGINT');
    const { stdout } = await replay.finished;
    const acknowledged = Number(/(\d+) acknowledged/.exec(stdout)?.[1]);
    again = await startMillrace({ configPath: transit, dataDir });
    const { sources } = await getJson(`${again.http}/api/v1/ledger`);
    assert.ok(sources.hfp.accepted >= acknowledged, `${sources.hfp.accepted} of ${acknowledged}`);
    assert.equal(sources.hfp.difference, 0);
  } finally {
    replay.child.kill('SIGKILL');
    await again?.stop();
  }
});

test('a launcher that is killed takes millrace up with it', async () => {
  const httpPort = await freePort();
  const launcher = spawn(
    process.execPath,
    ['--input-type=module', '--eval', launcherScript(join(root, 'bin/node24.js'))],
    {
      env: {
        ...process.env,
        MILLRACE_DATA_DIR: join(folder, 'orphan'),
        MILLRACE_HTTP_PORT: String(httpPort),
        MILLRACE_MQTT_LISTEN: `127.0.0.1:${await freePort()}`,
      },
      stdio: 'ignore',
    },
  );
  const answers = () =>
    fetch(`http://127.0.0.1:${httpPort}/livez`).then(
      () => true,
      () => false,
    );
  await until(answers);
  launcher.kill('SIGKILL');
  await until(async () => !(await answers()), 12_000);
});

function launcherScript(launcher: string): string {
  const args = [
    '--conditions=millrace-source',
    join(root, 'cli/main.ts'),
    'up',
    '--config',
    transit,
  ];
  return `import(${JSON.stringify(launcher)}).then(({ runNode }) => runNode(${JSON.stringify(args)}))`;
}

test('a service that runs alone answers for its health', async () => {
  const opsPort = await freePort();
  const alone = spawnMillrace(['run', 'enricher', '--config', transit], {
    MILLRACE_DATA_DIR: join(folder, 'alone'),
    MILLRACE_OPS_PORT: String(opsPort),
  });
  try {
    const answer = await until(() =>
      fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => undefined),
    );
    assert.deepEqual(await answer.json(), {
      ready: true,
      services: [{ name: 'enricher', ready: true }],
    });
    alone.child.kill('SIGTERM');
    assert.equal((await alone.finished).code, 0);
  } finally {
    alone.child.kill('SIGKILL');
  }
});
