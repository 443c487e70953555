import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { printConfig } from '../../../cli/infer/print-config.ts';
import { propose, type Wished } from '../../../cli/infer/propose.ts';
import { readInputs } from '../../../cli/infer/read-inputs.ts';
import { readyFormatsFor } from '../../../cli/infer/ready-formats.ts';
import { tryProposal } from '../../../cli/infer/try-proposal.ts';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import type { FieldDeclaration, Pipeline } from '../../../core/config/pipeline.ts';
import type { Observation } from '../../../core/reading.ts';
import { runMillrace } from '../../support/run-millrace.ts';

const folder = mkdtempSync(join(tmpdir(), 'infer-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

interface Inferred {
  readonly text: string;
  readonly pipeline: Pipeline;
  readonly warnings: readonly string[];
  /** What the printed configuration makes of a payload. */
  decode(payload: string, topic: string): Observation[];
  readonly fields: Readonly<Record<string, FieldDeclaration>>;
}

/** Infers from a file of that content, loads what is printed, and refuses a configuration that has a fault. */
async function infer(content: string, wished: Partial<Wished> = {}, name = 'sample.json') {
  const file = join(folder, `${++files}-${name}`);
  writeFileSync(file, content);
  const inputs = readInputs([file]);
  const proposal = propose(inputs, {
    source: 'tried',
    entityType: undefined,
    topic: undefined,
    file,
    ...wished,
  });
  const tried = tryProposal(proposal, inputs.bytes);
  const text = printConfig(proposal, tried, readyFormatsFor(inputs.samples));
  const config = join(folder, `${files}.config.ts`);
  writeFileSync(config, text);
  const warnings: string[] = [];
  const pipeline = await loadPipeline(config, (warning) => warnings.push(warning));
  const inferred: Inferred = {
    text,
    pipeline,
    warnings,
    decode(payload, topic) {
      const format = pipeline.sources.tried?.format;
      const outcomes = format?.decode({ topic, payload: Buffer.from(payload) }) ?? [];
      return outcomes.map((outcome) => {
        assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
        return (outcome as { observation: Observation }).observation;
      });
    },
    fields: Object.values(pipeline.models)[0]?.fields ?? {},
  };
  return { ...inferred, tried };
}

test('an object becomes one reading: id, time with its unit, numbers with units, flags, texts and a place', async () => {
  const payload = JSON.stringify({
    deviceId: 's-17',
    ts: 1_707_841_979_931,
    temperature: 21.5,
    data: { battery: 87, speed_kmh: 41, open: true, note: 'left in the rain' },
    lat: 60.17,
    lon: 24.94,
  });
  const { decode, fields, warnings } = await infer(payload);
  assert.deepEqual(warnings, []);
  assert.deepEqual(decode(payload, 'devices/x'), [
    {
      entityType: 'device',
      entityId: 's-17',
      observedAt: 1_707_841_979_931_000,
      id: undefined,
      numbers: { temperature: 21.5, battery: 87, speedKmh: 41 },
      flags: { open: true },
      texts: { note: 'left in the rain' },
      tags: {},
      unset: [],
      position: { lat: 60.17, lon: 24.94, altitude: null },
    },
  ]);
  assert.deepEqual(fields, {
    temperature: { kind: 'number', unit: 'Cel' },
    battery: { kind: 'number', unit: '%' },
    speedKmh: { kind: 'number', unit: 'km/h' },
    open: { kind: 'flag' },
    note: { kind: 'text' },
  });
});

test('a name that every reading has for itself is given another one, so that the configuration loads', async () => {
  const payload = JSON.stringify({
    deviceId: 's-17',
    temperature: 21.5,
    store: { observedAt: 'dock 3', receivedAt: 'gate 1', source: 'mains' },
  });
  const { fields } = await infer(payload);
  assert.deepEqual(Object.keys(fields).sort(), [
    'storeObservedAt',
    'storeReceivedAt',
    'storeSource',
    'temperature',
  ]);
});

test('a list of objects in a payload becomes a reading each, with the time that stands once for all', async () => {
  const payload = JSON.stringify({
    gateway: 'g1',
    time: '2024-02-13T16:32:59Z',
    values: [
      { sensor: 'a', pm25: 12.5, humidity: 40 },
      { sensor: 'b', pm25: 9, humidity: 43 },
    ],
  });
  const { decode, pipeline } = await infer(payload);
  const readings = decode(payload, 'devices/x');
  assert.deepEqual(
    readings.map(({ entityType, entityId, observedAt, numbers }) => ({
      entityType,
      entityId,
      observedAt,
      numbers,
    })),
    [
      {
        entityType: 'sensor',
        entityId: 'a',
        observedAt: Date.UTC(2024, 1, 13, 16, 32, 59) * 1000,
        numbers: { pm25: 12.5, humidity: 40 },
      },
      {
        entityType: 'sensor',
        entityId: 'b',
        observedAt: Date.UTC(2024, 1, 13, 16, 32, 59) * 1000,
        numbers: { pm25: 9, humidity: 43 },
      },
    ],
  );
  assert.ok('sensor' in pipeline.models);
});

test('who received a packet is no list of readings', async () => {
  const payload = JSON.stringify({
    devEui: '0004a30b001c0530',
    received_at: '2024-02-13T16:32:59Z',
    temperature: 21.5,
    humidity: 44,
    pressure: 1013,
    rxInfo: [{ gateway: 'g1', rssi: -80 }],
  });
  const { decode, text } = await infer(payload);
  assert.equal(decode(payload, 'devices/x').length, 1);
  assert.match(text, /Left out: \$\.rxInfo \(a list too\)/);
});

for (const [unit, value] of [
  ['s', 1_707_841_979],
  ['ms', 1_707_841_979_000],
  ['us', 1_707_841_979_000_000],
  ['ns', '1707841979000000000'],
  ['rfc3339', '2024-02-13T16:32:59Z'],
  ['local', '2024-02-13T16:32:59'],
] as const)
  test(`a time in ${unit} is read as one`, async () => {
    const payload = JSON.stringify({ id: 'x', timestamp: value, level: 3.5 });
    const { decode, text } = await infer(payload);
    assert.equal(decode(payload, 'devices/x')[0]?.observedAt, 1_707_841_979_000_000);
    if (unit === 'local') assert.match(text, /a guess: local times without a zone/);
  });

for (const [own, other] of [
  ['measured_at', 'created_at'],
  ['date', 'updated_at'],
] as const)
  test(`the device's own time ${own} is taken rather than ${other}`, async () => {
    const payload = `{"id":"x","${other}":"2024-02-13T17:00:00Z","${own}":"2024-02-13T16:32:59Z","v":1}`;
    const { decode, text } = await infer(payload);
    assert.equal(decode(payload, 'devices/x')[0]?.observedAt, 1_707_841_979_000_000);
    assert.ok(text.includes(`Left out: $.${other} (a time too)`));
  });

test('where the payload names nothing the topic does, by what varies in the topics of the samples', async () => {
  const samples = ['north/s1', 'north/s2', 'south/s3'].map((place, index) =>
    JSON.stringify({ topic: `city/${place}/state`, payload: `{"pm":${index}}` }),
  );
  const { decode, pipeline } = await infer(samples.join('\n'), {}, 'samples.ndjson');
  assert.deepEqual(pipeline.sources.tried?.format.topics, ['city/+/+/state']);
  assert.deepEqual(
    decode('{"pm":7}', 'city/north/s9/state').map(({ entityId }) => entityId),
    ['s9'],
  );
});

test('a topic with placeholders is taken as it is given', async () => {
  const { decode, pipeline } = await infer('{"pm":7}', { topic: 'city/{district}/{sensor}/state' });
  assert.ok('sensor' in pipeline.models);
  const [reading] = decode('{"pm":7}', 'city/north/s9/state');
  assert.equal(reading?.entityId, 's9');
  assert.deepEqual(reading?.tags, { district: 'north' });
});

test('a level or a field that says what the id says already is no tag', async () => {
  const samples = ['north/s1', 'north/s2', 'south/s3'].map((place, index) => {
    const id = place.slice(-2);
    const payload = JSON.stringify({ sensorId: id, channel: id, line: 'l1', pm: index });
    return JSON.stringify({ topic: `rooms/${place}/sensors/${id}/state`, payload });
  });
  const { fields, text } = await infer(samples.join('\n'), {}, 'samples.ndjson');
  assert.deepEqual(
    Object.keys(fields).filter((name) => fields[name]?.kind === 'tag'),
    ['line', 'room'],
  );
  assert.match(text, /\$\.channel \(the same as the id\)/);
  const named = await infer('{"sensor_id":"s1","pm":7}', { topic: 'city/{district}/{sensor}' });
  assert.deepEqual(Object.keys(named.fields), ['pm', 'district']);
});

test('where the topic names the entity a field that says the same is no tag', async () => {
  const samples = ['s1', 's2', 's3'].map((id) =>
    JSON.stringify({ topic: `sensors/${id}/state`, payload: `{"unit":"${id}","pm":1.5}` }),
  );
  const { fields, text } = await infer(samples.join('\n'), {}, 'samples.ndjson');
  assert.deepEqual(Object.keys(fields), ['pm']);
  assert.match(text, /\$\.unit \(the same as the id\)/);
});

test('texts that repeat are tags, money is decimal, numbers in texts are numbers, ids of messages identify', async () => {
  const lines = Array.from({ length: 12 }, (_, index) =>
    JSON.stringify({
      messageId: `m${index}`,
      station: `st${index % 4}`,
      ts: 1_707_841_979 + index,
      weather: index % 2 === 0 ? 'rain' : 'sun',
      price: 12.1 + index,
      level: `${index}.5`,
    }),
  );
  const { decode, fields, tried } = await infer(lines.join('\n'), {}, 'lines.ndjson');
  assert.deepEqual(
    Object.fromEntries(Object.entries(fields).map(([name, { kind }]) => [name, kind])),
    { weather: 'tag', price: 'decimal', level: 'number' },
  );
  assert.deepEqual(
    { ...tried },
    { readings: 12, setAside: 0, deadLetters: 0, firstDead: undefined },
  );
  const [reading] = decode(lines[0] ?? '', 'devices/x');
  assert.equal(reading?.id, 'm0');
  assert.deepEqual(reading?.texts, { price: '12.1' });
  assert.deepEqual(reading?.tags, { weather: 'rain' });
  assert.deepEqual(reading?.numbers, { level: 0.5 });
});

test('CSV becomes csv({...}), with its delimiter and decimal mark', async () => {
  const table =
    'ts;station;temp_c;state\n2024-02-13T16:32:59Z;s1;12,5;wet\n2024-02-13T16:33:59Z;s2;13;\n';
  const { decode, pipeline } = await infer(table, {}, 'table.csv');
  assert.equal(pipeline.sources.tried?.format.name, 'csv');
  const readings = decode(table, 'devices/x');
  assert.deepEqual(
    readings.map(({ entityId, numbers, texts }) => ({ entityId, numbers, texts })),
    [
      { entityId: 's1', numbers: { tempC: 12.5 }, texts: { state: 'wet' } },
      { entityId: 's2', numbers: { tempC: 13 }, texts: {} },
    ],
  );
});

test('digits that name something are texts; in a long table the first rows are tried', async () => {
  const packet = await infer(
    '{"id":"b","line":"520","stop":"1020453","battery":"87","ratio":"0.5"}',
  );
  const kindsOf = ({ fields }: Pick<Inferred, 'fields'>) =>
    Object.fromEntries(Object.entries(fields).map(([name, { kind }]) => [name, kind]));
  assert.deepEqual(kindsOf(packet), {
    line: 'tag',
    stop: 'text',
    battery: 'number',
    ratio: 'number',
  });
  const rows = Array.from({ length: 21_000 }, (_, index) => `s${index},${index},${index}`);
  const table = await infer(['station,route,count', ...rows].join('\n'), {}, 'long.csv');
  assert.deepEqual(kindsOf(table), { route: 'text', count: 'number' });
  assert.deepEqual([table.tried.readings, table.tried.deadLetters], [1000, 0]);
});

test('a format that knows the samples already is named', async () => {
  const sample = JSON.stringify({
    topic: 'tele/desk/SENSOR',
    payload: '{"Time":"2024-02-13T16:32:59","DHT22":{"Temperature":21}}',
  });
  const { text } = await infer(sample);
  assert.match(text, /There is a format that knows these: tasmota\(/);
  const senml = await infer(
    '[{"bn":"urn:dev:1/","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]',
  );
  assert.match(senml.text, /knows these: senml\(/);
  const event = await infer(
    '{"specversion":"1.0","type":"a.b","source":"/x","id":"1","data":{"v":1}}',
  );
  assert.match(event.text, /knows these: cloudEvents\(/);
});

test('whatever names and values a sample has, what is printed loads and decodes it without throwing', async () => {
  const anything = fc.array(
    fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom('id', 'time', 'ts', '__proto__', 'lat', 'lon', 'a b', "it's", 'x]"}{'),
      ),
      fc.oneof(
        { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
        fc.constantFrom(1_707_841_979, '2024-02-13T16:32:59Z', '1.5', null),
      ),
      { minKeys: 1, maxKeys: 6 },
    ),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(anything, async (payloads) => {
      const { pipeline } = await infer(
        payloads.map((payload) => JSON.stringify(payload)).join('\n'),
      );
      assert.equal(Object.keys(pipeline.models).length, 1);
    }),
    { numRuns: 60 },
  );
});

test('the command prints the configuration, and says what it can not read', async () => {
  const file = join(folder, 'packet.json');
  writeFileSync(file, '{"id":"x","v":1}');
  const good = await runMillrace(['infer', file, '--source', 'air', '--type', 'air-station']);
  assert.equal(good.code, 0);
  assert.match(good.stdout, /^\/\/ Proposed from one sample\./);
  assert.match(good.stdout, /'air-station': \{/);
  assert.match(good.stdout, /Tried on them: 1 reading, 0 dead letters\./);
  const printed = await runMillrace(['infer', file, '--json']);
  assert.equal((JSON.parse(printed.stdout) as { source: string }).source, 'packet');
  writeFileSync(join(folder, 'noise.bin'), '\u0000\u0001 neither');
  const bad = await runMillrace(['infer', join(folder, 'noise.bin')]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /should be JSON, JSON on each line, or CSV/);
  const none = await runMillrace(['infer']);
  assert.equal(none.code, 2);
  const wrong = await runMillrace(['infer', file, '--topic', 'a/#/b']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--topic should be an MQTT topic/);
});
