import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runMillrace, spawnMillrace } from '../../support/run-millrace.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-sample-'));
const config = join(folder, 'millrace.config.ts');

before(() => {
  writeFileSync(
    config,
    `import { definePipeline, json, number, tag, text, zigbee2mqtt, zigbee2mqttDevice } from 'millrace';
export default definePipeline({
  name: 'air',
  models: {
    'air-station': {
      fields: {
        pm25: number({ unit: 'ug/m3', min: 0, max: 100 }),
        street: text(),
        level: text(),
        district: tag(),
      },
    },
    'zigbee-device': zigbee2mqttDevice,
  },
  sources: {
    air: {
      format: json({
        topic: 'city/{district}/{sensor}/state',
        each: '$.values[*]',
        entity: { type: 'air-station', id: '{sensor}' },
        time: { path: '$.ts', unit: 'ms' },
        fields: { pm25: { path: '$.pm', unit: 'mg/m3' } },
        tags: { district: '{district}' },
      }),
    },
    home: { format: zigbee2mqtt() },
    hook: {
      webhook: { verify: { scheme: 'none' } },
      format: json({
        entity: { type: 'air-station', id: '{$.id}' },
        fields: { pm25: '$.pm' },
      }),
    },
  },
  registers: { stations: { file: 'stations.json', key: '{id}' } },
  steps: [
    { step: 'join', entityType: 'air-station', register: 'stations', set: { street: 'street' } },
    {
      step: 'filter',
      name: 'not the test station',
      entityType: 'air-station',
      keep: ({ entityId }) => entityId !== 'test',
    },
    {
      step: 'compute',
      name: 'level',
      entityType: 'air-station',
      set: { level: ({ numbers }) => ((numbers.pm25 ?? 0) > 50 ? 'high' : 'low') },
    },
  ],
});
`,
  );
  writeFileSync(join(folder, 'stations.json'), '[{"id":"s1","street":"Mill Road"}]');
});
after(() => rmSync(folder, { recursive: true }));

function check(...args: string[]) {
  return runMillrace(['check', '--config', config, ...args]);
}

function sample(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Tried {
  readonly source: string;
  readonly topic: string;
  readonly filtered: number;
  readonly refused: string | null;
  readonly notes: readonly string[];
  readonly parts: readonly {
    readonly kind: string;
    readonly stage?: string;
    readonly reason?: string;
    readonly place?: string;
    readonly rule?: string;
    readonly reading?: {
      readonly entityId: string;
      readonly observedAt: string;
      readonly numbers: Record<string, number>;
      readonly texts: Record<string, string>;
    };
  }[];
}

async function tried(...args: string[]): Promise<{ code: number | null; all: Tried[] }> {
  const { code, stdout, stderr } = await check('--json', ...args);
  assert.equal(stderr, '');
  return { code, all: JSON.parse(stdout) as Tried[] };
}

test('a sample becomes what the enricher would pass on: units converted, registers joined, rules applied', async () => {
  const at = Date.now() - 60_000;
  const file = sample('one.json', `{"ts":${at},"values":[{"pm":0.075}]}`);
  const { code, all } = await tried('--sample', file, '--topic', 'city/north/s1/state');
  assert.equal(code, 0);
  const [one] = all;
  assert.equal(one?.source, 'air');
  const reading = one?.parts[0]?.reading;
  assert.equal(reading?.observedAt, new Date(at).toISOString());
  assert.ok(Math.abs((reading?.numbers.pm25 ?? 0) - 75) < 1e-9);
  assert.deepEqual(reading?.texts, { street: 'Mill Road', level: 'high' });
});

test('parts that cannot go on are dead letters with stage, reason and place, and the exit code is 1', async () => {
  const file = sample(
    'parts.json',
    `{"ts":${Date.now()},"values":[{"pm":0.5},{"pm":"x"},{"pm":0.01},{"pm":0.01}]}`,
  );
  const { code, all } = await tried('--sample', file, '--topic', 'city/north/s1/state');
  assert.equal(code, 1);
  const what = all[0]?.parts.map(({ kind, stage, reason, place }) => ({
    kind,
    stage,
    reason,
    place,
  }));
  assert.deepEqual(what, [
    { kind: 'deadLetter', stage: 'enricher', reason: 'out-of-range', place: 'pm25' },
    { kind: 'deadLetter', stage: 'ingress', reason: 'type-mismatch', place: "$['values'][1].pm" },
    { kind: 'reading', stage: undefined, reason: undefined, place: undefined },
    { kind: 'reading', stage: undefined, reason: undefined, place: undefined },
  ]);
});

test('what a rule filters is told with the rule; what comes twice in a file repeats', async () => {
  const line = (topic: string) =>
    JSON.stringify({ topic, payload: `{"ts":${Date.now() - 5000},"values":[{"pm":0.01}]}` });
  const file = sample(
    'lines.ndjson',
    `${line('city/north/test/state')}\n${line('city/north/s2/state')}\n${line('city/north/s2/state')}\n`,
  );
  const { code, all } = await tried('--sample', file);
  assert.equal(code, 0);
  assert.deepEqual(
    all.map(({ parts }) => parts.map(({ kind }) => kind)),
    [['filteredByRule'], ['reading'], ['repeated']],
  );
  assert.equal(all[0]?.parts[0]?.rule, 'not the test station');
});

test('a file of samples brings topics and bytes along, and each finds its source', async () => {
  const file = sample(
    'devices.json',
    JSON.stringify([
      {
        topic: 'zigbee2mqtt/hall',
        contentType: 'application/json',
        payload: '{"temperature":21.5}',
      },
      { topic: 'zigbee2mqtt/bridge/log', payloadBase64: Buffer.from('{}').toString('base64') },
    ]),
  );
  const { code, all } = await tried('--sample', file);
  assert.equal(code, 0);
  assert.deepEqual(
    all.map(({ source, parts, filtered }) => ({ source, readings: parts.length, filtered })),
    [
      { source: 'home', readings: 1, filtered: 0 },
      { source: 'home', readings: 0, filtered: 1 },
    ],
  );
});

test('a sample comes from standard input, and a webhook takes each line of NDJSON by itself', async () => {
  const { child, finished } = spawnMillrace([
    ...['check', '--config', config, '--json', '--sample', '-', '--source', 'hook'],
    ...['--content-type', 'application/x-ndjson'],
  ]);
  child.stdin.end('{"id":"a","pm":1}\n{"id":"b"\n{"id":"c","pm":3}\n');
  const { code, stdout } = await finished;
  assert.equal(code, 1);
  const [one] = JSON.parse(stdout) as Tried[];
  assert.equal(one?.topic, '/webhooks/hook');
  assert.deepEqual(
    one?.parts.map(({ kind, reading }) => reading?.entityId ?? kind),
    ['a', 'deadLetter', 'c'],
  );
});

test('for people there is a table with units, and where they came from', async () => {
  const file = sample('table.json', `{"ts":${Date.now()},"values":[{"pm":0.0625}]}`);
  const { stdout } = await check(
    '--sample',
    file,
    '--source',
    'air',
    '--topic',
    'city/north/s1/state',
  );
  assert.match(stdout, /reading {2}air-station\/s1 {2}at \d{4}-/);
  assert.match(stdout, /pm25 +62\.5\d* +µg\/m³ +from 0\.0625 mg\/m³/);
  assert.match(stdout, /street +"Mill Road" +added/);
});

test('a topic that the source does not take is told', async () => {
  const file = sample('other.json', '{}');
  const { all } = await tried('--sample', file, '--source', 'air', '--topic', 'other/x');
  assert.match(all[0]?.notes[0] ?? '', /no source takes other\/x/);
});

test('what the command line has to say is said', async () => {
  const file = sample('one.json', '{}');
  for (const [args, says] of [
    [['--sample', file], /needs --source NAME: air, home, hook/],
    [['--sample', file, '--source', 'air'], /takes city\/\+\/\+\/state\. Say which topic/],
    [['--sample', file, '--source', 'hom'], /mean home/],
    [['--source', 'air'], /--source goes with --sample/],
  ] as const) {
    const { code, stderr } = await check(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
  const missing = await check('--sample', join(folder, 'nowhere.json'), '--source', 'air');
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /The sample .*nowhere\.json cannot be read/);
  assert.equal(missing.stderr.match(/ENOENT/g)?.length, 1, missing.stderr);
});
