import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../../../cli/commands.ts';
import { commandHelp } from '../../../cli/print-help.ts';
import { runMillrace } from '../../support/run-millrace.ts';

test('--help lists every command and ends with 0', async () => {
  const { code, stdout, stderr } = await runMillrace(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const { name, summary } of commands)
    assert.match(stdout, new RegExp(`^  ${name} +${summary.slice(0, 10)}`, 'm'));
});

test('every command explains its usage and each of its options', async () => {
  for (const { name, load } of commands) {
    const command = await load();
    const help = commandHelp(name, command);
    assert.match(help, new RegExp(`^Usage: millrace ${name} `));
    for (const [option, { help: said }] of Object.entries(command.options)) {
      assert.ok(help.includes(`--${option}`), `${name} --${option}`);
      assert.ok(said.length > 3, `${name} --${option} has no help`);
    }
    for (const line of help.split('\n')) assert.ok(line.length <= 125, `${name}: ${line}`);
  }
});

test("a command's --help is printed instead of running it", async () => {
  const { code, stdout } = await runMillrace(['replay', '--help']);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: millrace replay FILE\.\.\. \[OPTIONS\]/);
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  assert.deepEqual(await runMillrace(['--version']), {
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

const wrong: [args: string[], says: RegExp][] = [
  [[], /^Millrace carries/],
  [['replya'], /no command "replya".*mean "replay"/],
  [['frobnicate'], /no command "frobnicate"\. There are: up, /],
  [['up', '--confg', 'x'], /no option --confg.*mean --config/],
  [['up', 'enricher'], /millrace run/],
  [['run'], /needs at least one SERVICE/],
  [['run', 'enrichr'], /mean enricher/],
  [['replay'], /at least one FILE/],
  [['replay', 'x.dump', '--speed', 'fast'], /--speed should be a number above 0, or max/],
  [['replay', 'x.dump', '--url', 'localhost'], /--url should be like mqtt:/],
  [['replay', 'x.dump', '--shift-to-now', '--compress-time'], /exclude each other/],
  [['tail'], /takes one TOPIC/],
  [['tail', 'readings.rw.v1'], /mean readings\.raw\.v1/],
  [['tail', 'readings.raw.v1', '--limit', '0'], /--limit should be a whole number above 0/],
  [['dlq', 'show'], /dlq takes ls, replay, discard or log, or show and an ID/],
  [['dlq', 'replay', '--rate', 'fast'], /--rate should be a number of dead letters a second/],
  [['dlq', 'replay', '--where', '@.a >'], /--where: A filter should be field=value/],
  [['dlq', 'discard', '--source', 'air'], /discard needs --reason/],
  [['dlq', 'discard', '--reason', 'A test.'], /discard should be told which/],
  [['dlq', 'ls', '--from', 'tomorrow'], /--from should be a time/],
  [['explain'], /takes one EVENT_ID/],
  [['backup'], /takes one DIR/],
  [['publish', 'a/#', 'x'], /no wildcards/],
  [['demo', 'city'], /demo takes no operand/],
  [['simulate', '--count', 'many'], /--count should be a whole number/],
];

test('dlq says that there is no log in a data folder, instead of no dead letters, and makes none', async () => {
  const folder = join(tmpdir(), `no-log-${randomUUID()}`);
  for (const action of [
    ['ls'],
    ['show', 'x'],
    ['replay'],
    ['discard', '--id', 'x', '--reason', 'A test.'],
  ]) {
    const { code, stdout, stderr } = await runMillrace(['dlq', ...action, '--data-dir', folder]);
    assert.equal(code, 1, action.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /There is no log at .*log\.db\. Start Millrace on this data folder first/);
  }
  assert.equal(existsSync(folder), false);
});

test('wrong usage ends with 2 and a sentence that says what is right', async () => {
  for (const [args, says] of wrong) {
    const { code, stdout, stderr } = await runMillrace(args);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n {4}at /, 'a stack');
  }
});

test('an expected failure ends with 1, a sentence and its code, without a stack', async () => {
  const { code, stderr } = await runMillrace(['replay', '/nowhere/x.dump']);
  assert.equal(code, 1);
  assert.match(stderr, /There is no file \/nowhere\/x\.dump\..*\(INPUT_INVALID\)/s);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

test('publishing where no broker listens says so and ends with 1', async () => {
  const { code, stderr } = await runMillrace([
    'publish',
    'a/b',
    '{}',
    '--url',
    'mqtt://127.0.0.1:1',
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /No MQTT broker answers at 127\.0\.0\.1:1\..*BROKER_UNREACHABLE/s);
});

test('an id that begins with a dash is an operand', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  const env = { MILLRACE_DATA_DIR: folder };
  for (const words of [['explain'], ['dlq', 'show']]) {
    const { code, stderr } = await runMillrace([...words, '-a_b-c0123456789abcdef'], env);
    assert.equal(code, 1, stderr);
    assert.doesNotMatch(stderr, /no option/);
  }
  await rm(folder, { recursive: true, force: true });
});
