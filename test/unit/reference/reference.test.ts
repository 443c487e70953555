import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Pipeline, RegisterDeclaration } from '../../../core/config/pipeline.ts';
import { MillraceError } from '../../../core/errors.ts';
import { openModelTable } from '../../../core/reference/model-table.ts';
import { publishReference } from '../../../core/reference/publish-reference.ts';
import { readRegister } from '../../../core/reference/read-register.ts';
import { openRegisterTable } from '../../../core/reference/register-table.ts';
import { toModels } from '../../../core/reference/to-models.ts';
import { modelsTopic, registersTopic } from '../../../core/topics.ts';
import { openEnricherRoom } from '../../support/start-enricher-room.ts';
import { until } from '../../support/until.ts';
import { busPipeline } from '../enricher/bus-pipeline.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-reference-'));
});
after(() => rm(folder, { recursive: true }));

const vehicles = [
  {
    operator: '18',
    vehicle: 1029,
    type: 'MB',
    seats: 40,
    electric: false,
    note: null,
    more: { a: 1 },
  },
  { operator: '12', vehicle: 7, type: 'C', seats: 62, electric: true },
];
const declaration = (
  file: string,
  over: Partial<RegisterDeclaration> = {},
): RegisterDeclaration => ({
  file,
  key: '{operator}/{vehicle}',
  ...over,
});
const read = (register: RegisterDeclaration) => readRegister('vehicles', register, folder);
const write = (file: string, bytes: string | Buffer) => writeFile(join(folder, file), bytes);

describe('a register is read from', () => {
  test('JSON: plain fields by their type, what is nested or null left out', async () => {
    await write('vehicles.json', JSON.stringify(vehicles));
    const [first, second] = await read(declaration('vehicles.json'));
    assert.deepEqual(first, {
      register: 'vehicles',
      key: '18/1029',
      numbers: { vehicle: 1029, seats: 40 },
      flags: { electric: false },
      texts: { operator: '18', type: 'MB' },
      position: null,
      geometry: null,
    });
    assert.equal(second?.key, '12/7');
  });

  test('CSV, packed by gzip, with a byte order mark and quoted commas: all fields are texts', async () => {
    const csv = '\ufeffoperator,vehicle,type\n18,1029,"M, B"\n\n12,7,C\n';
    await write('vehicles.csv.gz', gzipSync(csv));
    const entries = await read(declaration('vehicles.csv.gz'));
    assert.deepEqual(
      entries.map(({ key }) => key),
      ['18/1029', '12/7'],
    );
    assert.deepEqual(entries[0]?.texts, { operator: '18', vehicle: '1029', type: 'M, B' });
  });

  test("a function's entry comes on top of the plain fields, and undefined leaves a row out", async () => {
    await write('vehicles.json', JSON.stringify(vehicles));
    const entries = await read(
      declaration('vehicles.json', {
        entry: (row) =>
          row.type === 'C'
            ? undefined
            : { numbers: { seats: 41 }, position: { lat: 60, lon: 24, altitude: null } },
      }),
    );
    assert.equal(entries.length, 1);
    assert.deepEqual(entries[0]?.numbers, { vehicle: 1029, seats: 41 });
    assert.equal(entries[0]?.position?.lat, 60);
  });

  const faults: readonly [what: string, file: string, bytes: string, message: RegExp][] = [
    ['a file that is no JSON', 'a.json', '[{', /The register a\.json cannot be read/],
    ['JSON that is no array', 'b.json', '{}', /b\.json should hold a JSON array/],
    ['a row that is no object', 'c.json', '[[1]]', /Row 1 of c\.json .* should be an object/],
    [
      'a row without a field of the key',
      'd.json',
      '[{"operator":"1"}]',
      /Row 1 of d\.json .* needs a text or number vehicle; the row has operator/,
    ],
    [
      'CSV with a ragged row',
      'e.csv',
      'operator,vehicle\n1\n',
      /The register e\.csv cannot be read/,
    ],
  ];
  for (const [what, file, bytes, message] of faults) {
    test(`not from ${what}: INPUT_INVALID says where`, async () => {
      await write(file, bytes);
      await assert.rejects(read(declaration(file)), (error) => {
        assert.ok(error instanceof MillraceError && error.code === 'INPUT_INVALID');
        assert.match(error.message, message);
        return true;
      });
    });
  }
  test("nor when the configuration's function throws", async () => {
    await write('vehicles.json', JSON.stringify(vehicles));
    const entry = () => {
      throw new TypeError('no such field');
    };
    await assert.rejects(
      read(declaration('vehicles.json', { entry })),
      /Row 1 of vehicles\.json .*: its function threw: TypeError: no such field/,
    );
  });
  test('nor from a file that is not there', async () => {
    await assert.rejects(read(declaration('none.json')), /none\.json cannot be read/);
  });
});

test('a model is published with what the configuration leaves out filled in', () => {
  const [model] = toModels(
    busPipeline({
      models: {
        bus: {
          label: 'Bus',
          usualInterval: '5m',
          colorBy: 'speed',
          fields: {
            speed: { kind: 'number', unit: 'm/s', display: 'km/h', min: 0 },
            route: { kind: 'text', label: 'Route' },
          },
        },
      },
    }).models,
  );
  assert.deepEqual(model, {
    entityType: 'bus',
    label: 'Bus',
    simulated: false,
    geometryRegister: null,
    colorField: 'speed',
    headingField: null,
    usualIntervalMs: 300_000,
    fields: [
      {
        name: 'speed',
        kind: 'number',
        label: 'speed',
        unit: 'm/s',
        displayUnit: 'km/h',
        min: 0,
        max: null,
      },
      {
        name: 'route',
        kind: 'text',
        label: 'Route',
        unit: null,
        displayUnit: null,
        min: null,
        max: null,
      },
    ],
  });
});

test('only what changed is published, what is gone gets a tombstone, and the tables follow', async () => {
  await write('vehicles.json', JSON.stringify(vehicles));
  const pipeline: Pipeline = busPipeline({
    folder,
    registers: { vehicles: declaration('vehicles.json') },
  });
  const room = await openEnricherRoom(pipeline);
  try {
    const registers = await openRegisterTable(room.log, room.events);
    const models = await openModelTable(room.log, room.events);
    assert.equal(registers.get('vehicles', '18/1029')?.texts.type, 'MB');
    assert.equal(registers.get('vehicles', '12/7')?.key, '12/7');
    assert.equal(registers.get('none', '12/7'), undefined);
    assert.deepEqual(
      models.all(),
      toModels(pipeline.models).map((model) => models.get(model.entityType)),
    );

    const written = async () =>
      (await room.recordsOf(registersTopic)).length + (await room.recordsOf(modelsTopic)).length;
    const first = await written();
    await publishReference(room);
    assert.equal(await written(), first, 'the same again writes nothing');

    await write('vehicles.json', JSON.stringify([{ ...vehicles[0], type: 'MA' }]));
    await publishReference({ ...room, pipeline: { ...pipeline, models: {} } });
    await until(() => registers.get('vehicles', '12/7') === undefined);
    await until(() => models.get('bus') === undefined);
    assert.equal(registers.get('vehicles', '18/1029')?.texts.type, 'MA');
    assert.equal(await written(), first + 3, 'one changed entry, two tombstones');
    registers.close();
    models.close();
  } finally {
    await room.close();
  }
});

test('an entry that cannot be decoded is left out with a warning; a repeated key is told', async () => {
  await write('twice.json', JSON.stringify([vehicles[0], vehicles[0]]));
  const room = await openEnricherRoom(
    busPipeline({ folder, registers: { vehicles: declaration('twice.json') } }),
  );
  try {
    assert.ok(room.logLines.some((line) => line.includes('register.keys-repeated')));
    const value = Buffer.from('dirt');
    await room.log.append([{ topic: registersTopic, key: 'vehicles/x', value, timestampMs: 1 }]);
    const registers = await openRegisterTable(room.log, room.events);
    assert.equal(registers.get('vehicles', 'x'), undefined);
    assert.equal(registers.get('vehicles', '18/1029')?.key, '18/1029');
    assert.ok(room.logLines.some((line) => line.includes('register.entry-undecodable')));
    registers.close();
  } finally {
    await room.close();
  }
});
