import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'cborg';
import { conversionFault, converter, isUnit } from '../../../core/units.ts';
import { compileNames } from '../../../formats/senml/names.ts';
import { senmlUnits } from '../../../formats/senml/units.ts';
import { type SenmlField, senml } from '../../../formats/senml.ts';

function decode(pack: unknown, fields: Record<string, SenmlField>, more: object = {}) {
  const format = senml({ entity: { type: 'device', id: '{device}' }, fields, ...more });
  assert.deepEqual(format.faults, []);
  const payload =
    pack instanceof Uint8Array
      ? pack
      : Buffer.from(typeof pack === 'string' ? pack : JSON.stringify(pack));
  return format.decode({ topic: 'a/b', payload }).map((outcome) => {
    if (outcome.kind !== 'ok') return 'reason' in outcome ? outcome.reason : outcome.kind;
    const { entityId, observedAt, ageMicros, numbers, flags, texts, position } =
      outcome.observation;
    const time = observedAt ?? (ageMicros === undefined ? 'arrival' : { ageMicros });
    const place = position === null ? {} : { position };
    return { entityId, time, ...numbers, ...flags, ...texts, ...place };
  });
}

test('records of one device at one time are one reading', () => {
  const pack = [
    { bn: 'urn:dev:ow:1:', bt: 1.7e9, bu: 'V', n: 'voltage', v: 120.1 },
    { n: 'current', u: 'A', v: 1.2 },
    { n: 'voltage', t: 1, v: 121 },
    { bn: 'urn:dev:ow:2:', n: 'voltage', v: 5 },
    { n: 'label', vs: 'main', u: '' },
    { n: 'on', vb: true },
    { n: 'raw', vd: 'AQI' },
  ];
  assert.deepEqual(
    decode(pack, { voltage: { unit: 'mV' }, current: {}, label: {}, on: {}, raw: {} }),
    [
      { entityId: 'urn:dev:ow:1', time: 1.7e15, voltage: 120_100, current: 1.2 },
      { entityId: 'urn:dev:ow:1', time: 1.7e15 + 1e6, voltage: 121_000 },
      {
        entityId: 'urn:dev:ow:2',
        time: 1.7e15,
        voltage: 5000,
        label: 'main',
        on: true,
        raw: 'AQI',
      },
    ],
  );
});

test('times below 2^28 count from the arrival; of 0, or none, it is the arrival', () => {
  const pack = [
    { bn: 'd:', n: 'v', v: 1 },
    { n: 'v', t: 0, v: 2 },
    { n: 'v', t: -5.5, v: 3 },
    { n: 'v', t: 2, v: 4 },
  ];
  assert.deepEqual(decode(pack, { v: {} }), [
    { entityId: 'd', time: 'arrival', v: 1 },
    { entityId: 'd', time: 'arrival', v: 2 },
    { entityId: 'd', time: { ageMicros: 5_500_000 }, v: 3 },
    { entityId: 'd', time: { ageMicros: -2_000_000 }, v: 4 },
  ]);
  assert.deepEqual(decode([{ n: 'd:v', t: 2 ** 28, v: 1 }], { v: {} }), [
    { entityId: 'd', time: 268_435_456e6, v: 1 },
  ]);
  assert.deepEqual(decode([{ n: 'd:v', t: -(2 ** 28), v: 1 }], { v: {} }), ['time-invalid']);
});

test('base values and sums are added, and a sum is in the unit times seconds', () => {
  const pack = [
    { bn: 'm:', bv: 100, bs: 3600, n: 'power', u: 'W', v: 5, s: 0 },
    { n: 'flow', u: 'm3/s' },
    { n: 'note', vs: 'x' },
  ];
  const fields = {
    power: { unit: 'W' },
    energy: { name: 'power', take: 'sum', unit: 'W.h' },
    flow: {},
    note: {},
  } as const;
  assert.deepEqual(decode(pack, fields), [
    { entityId: 'm', time: 'arrival', power: 105, energy: 1, flow: 100, note: 'x' },
  ]);
});

test('where names have no field part, fields are told by their unit, and lat and lon are the position', () => {
  const pack = [
    { bn: 'urn:dev:ow:1', bu: '%RH', v: 20 },
    { u: 'lon', v: 24.3 },
    { u: 'lat', v: 60.1 },
    { u: '%EL', v: 98 },
  ];
  const fields = { humidity: { of: '%RH', unit: '%' }, battery: { of: '%EL', unit: '1' } };
  assert.deepEqual(decode(pack, fields, { names: 'urn:dev:{bus}:{device}' }), [
    {
      entityId: '1',
      time: 'arrival',
      humidity: 20,
      battery: 0.98,
      position: { lat: 60.1, lon: 24.3, altitude: null },
    },
  ]);
  assert.deepEqual(decode([{ n: 'a', v: 1 }], { v: {} }, { names: '{device}' }), [
    { entityId: 'a', time: 'arrival', v: 1 },
  ]);
  assert.deepEqual(decode([{ n: 'a:v', u: 'lat', v: 1 }], { v: {} }, { names: '{device}' }), [
    'path-missing',
  ]);
});

test('a bad record is a dead letter with those of its time, or of its own where it has none', () => {
  const pack = [
    { bn: 'd:', bt: 1.7e9, n: 'a', v: 'one' },
    { n: 'a', t: 1, v: 1 },
    { n: 'b c', v: 1 },
    { n: 'a', t: 2, u: 'parsec', v: 1 },
    { n: 'a', t: 3, u: 'Cel', v: 1 },
    { n: 'a', t: 4, v: 1, vs: 'x' },
    { n: 'a', t: 'x', v: 1 },
    { n: 'a', t: 5 },
    { n: 'a', t: 6, vb: 1 },
    { n: 'a', t: 7, vd: '+/' },
    { n: 'a', t: 8, v: 2 },
    { n: 'a', t: 8, v: 3 },
  ];
  assert.deepEqual(decode(pack, { a: { unit: 'V' } }), [
    'type-mismatch',
    { entityId: 'd', time: 1.7e15 + 1e6, a: 1 },
    'entity-invalid',
    'type-mismatch',
    'type-mismatch',
    'type-mismatch',
    'time-invalid',
    'path-missing',
    'type-mismatch',
    'type-mismatch',
    { entityId: 'd', time: 1.7e15 + 8e6, a: 2 },
    { entityId: 'd', time: 1.7e15 + 8e6, a: 3 },
  ]);
});

test('names that are no declared field are dead letters, unless they are ignored', () => {
  const pack = [
    { bn: 'd:', n: 'rssi', v: 1 },
    { n: 'a', t: -1, v: 1 },
    { n: 'rssi', t: -1, v: 1 },
    { n: 'x', t: -2, v: 1 },
  ];
  const shape = (outcomes: readonly unknown[]) =>
    outcomes.map((outcome) => (typeof outcome === 'string' ? outcome : 'ok'));
  assert.deepEqual(shape(decode(pack, { a: {} })), ['path-missing', 'ok', 'path-missing']);
  assert.deepEqual(shape(decode(pack, { a: {} }, { ignore: ['rssi'] })), [
    'not-a-reading',
    'ok',
    'path-missing',
  ]);
});

test('a pack of another version, or with what must be understood, is one dead letter', () => {
  const reasons = (pack: unknown) => decode(pack, { a: {} });
  assert.deepEqual(reasons([{ bver: 26, n: 'd:a', v: 1 }]).length, 1);
  for (const pack of [
    [{ bver: 32, n: 'd:a', v: 1 }],
    [{ bver: 1.5, n: 'd:a', v: 1 }],
    [{ n: 'd:a', v: 1, must_: 1 }],
    [{ bn: 1, n: 'd:a', v: 1 }],
    [{ bt: '1', n: 'd:a', v: 1 }],
    [[1]],
    { n: 'd:a', v: 1 },
    null,
  ])
    assert.deepEqual(reasons(pack), ['payload-malformed'], JSON.stringify(pack));
  assert.deepEqual(reasons([]), ['not-a-reading']);
  assert.deepEqual(reasons([{ bn: 'd:' }]), ['not-a-reading']);
  assert.deepEqual(reasons(''), ['payload-empty']);
});

test('CBOR has numbers for labels, bytes for data, and digits beyond a double', () => {
  const records = [
    new Map<number, unknown>([
      [-2, 'd:'],
      [-3, 1.7e9],
      [0, 'count'],
      [2, 18446744073709551615n],
    ]),
    new Map<number, unknown>([
      [0, 'raw'],
      [8, new Uint8Array([1, 2])],
    ]),
  ];
  assert.deepEqual(decode(encode(records), { count: { kind: 'decimal' }, raw: {} }), [
    { entityId: 'd', time: 1.7e15, count: '18446744073709551615', raw: 'AQI' },
  ]);
  assert.deepEqual(decode('[{"n":"d:a","v":0.10}]', { a: { kind: 'decimal' } }), [
    { entityId: 'd', time: 'arrival', a: '0.10' },
  ]);
});

test('names split by a template, the first placeholder taking as much as it can', () => {
  const split = (template: string | undefined, name: string) => compileNames(template).split(name);
  assert.deepEqual(split(undefined, 'urn:dev:mac:0024/temp'), ['urn:dev:mac:0024', 'temp']);
  assert.equal(split(undefined, 'temp'), undefined);
  assert.equal(split(undefined, 'temp:'), undefined);
  assert.deepEqual(split('{device}/{field}', 'urn:dev:1/temp'), ['urn:dev:1', 'temp']);
  assert.deepEqual(split('urn:dev:{bus}:{device}:{field}', 'urn:dev:ow:1:v'), ['ow', '1', 'v']);
  assert.equal(split('x.{device}', 'xy1'), undefined);
});

test('a name of a megabyte does not hold up', () => {
  const start = process.cpuUsage();
  for (const piece of ['a', ':', ':a', '/a:'])
    decode(
      [{ n: `a${piece.repeat(900_000 / piece.length)}`, v: 1 }],
      { v: {} },
      { names: '{b}:{c}:{device}:{field}' },
    );
  assert.ok(process.cpuUsage(start).user / 1000 < 500);
});

test('thousands of units that do not exist do not hold up', () => {
  const pack = Array.from({ length: 5000 }, (_, index) => ({
    n: 'd:a',
    t: index,
    u: `x${index}`,
    v: 1,
  }));
  const start = process.cpuUsage();
  assert.deepEqual(new Set(decode(pack, { a: { unit: 'V' } })), new Set(['type-mismatch']));
  assert.ok(process.cpuUsage(start).user / 1000 < 500);
});

test('a UCUM code that SenML has not is known too, until too many that are none have come', () => {
  const units = (count: number) => [
    ...Array.from({ length: count }, (_, index) => ({ n: 'd:a', t: -index, u: `x${index}`, v: 1 })),
    { n: 'd:a', t: 1, u: '[degF]', v: 32 },
    { n: 'd:a', t: 2, u: 'K', v: 273.15 },
  ];
  const last = (count: number) => decode(units(count), { a: { unit: 'Cel' } }).slice(-2);
  const melting = (seconds: number) => ({
    entityId: 'd',
    time: { ageMicros: seconds * -1e6 },
    a: 0,
  });
  assert.deepEqual(last(40), [melting(1), melting(2)]);
  assert.deepEqual(last(60), ['type-mismatch', melting(2)]);
});

test('each unit of the registries has a UCUM code, and secondary units are the multiples that RFC 8798 says', () => {
  for (const [unit, code] of Object.entries(senmlUnits)) assert.ok(isUnit(code), unit);
  // Unit, primary unit, scale (RFC 8798, 3).
  const secondary: readonly (readonly [string, string, number])[] = [
    ['ms', 's', 1 / 1000],
    ['min', 's', 60],
    ['h', 's', 3600],
    ['MHz', 'Hz', 1e6],
    ['kW', 'W', 1000],
    ['kVA', 'VA', 1000],
    ['kvar', 'var', 1000],
    ['Ah', 'C', 3600],
    ['Wh', 'J', 3600],
    ['kWh', 'J', 3.6e6],
    ['varh', 'vars', 3600],
    ['kvarh', 'vars', 3.6e6],
    ['kVAh', 'VAs', 3.6e6],
    ['Wh/km', 'J/m', 3.6],
    ['KiB', 'B', 1024],
    ['GB', 'B', 1e9],
    ['Mbit/s', 'bit/s', 1e6],
    ['B/s', 'bit/s', 8],
    ['MB/s', 'bit/s', 8e6],
    ['mV', 'V', 1 / 1000],
    ['mA', 'A', 1 / 1000],
    ['ug/m3', 'kg/m3', 1e-9],
    ['mm/h', 'm/s', 1 / 3.6e6],
    ['m/h', 'm/s', 1 / 3600],
    ['ppm', '/', 1e-6],
    ['/100', '/', 1 / 100],
    ['/1000', '/', 1 / 1000],
    ['hPa', 'Pa', 100],
    ['mm', 'm', 1 / 1000],
    ['cm', 'm', 1 / 100],
    ['km', 'm', 1000],
    ['km/h', 'm/s', 1 / 3.6],
  ];
  for (const [unit, primary, scale] of secondary) {
    const codes = [senmlUnits[unit] ?? '', senmlUnits[primary] ?? ''] as const;
    assert.equal(conversionFault(...codes), undefined, unit);
    const ratio = converter(...codes)(1) / scale;
    assert.ok(Math.abs(ratio - 1) < 1e-9, `${unit} is ${ratio} times what it should be`);
  }
  assert.deepEqual(decode([{ n: 'd:a', u: 'dBm', v: 0 }], { a: { unit: 'dB[W]' } }), [
    { entityId: 'd', time: 'arrival', a: -30 },
  ]);
});

test('what is wrong with the declaration is told with its place', () => {
  const faults = (declaration: object) =>
    senml(declaration as never).faults?.map(({ path }) => path);
  const entity = { type: 'a', id: '{device}' };
  assert.deepEqual(faults({ entity, fields: {}, names: '{a}:{a}' }), ['names']);
  assert.deepEqual(faults({ entity: { type: 'a', id: '{x}' }, fields: {} }), ['entity.id']);
  assert.deepEqual(faults({ entity, fields: { a: { take: 'all' } } }), ['fields.a.take']);
  assert.ok((faults(undefined as never)?.length ?? 0) > 0);
});
