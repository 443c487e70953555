import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormatOutcome } from '../../../core/format.ts';
import { type JsonFormatDeclaration, json } from '../../../formats/json.ts';

const base = {
  topic: 'city/{district}/{sensor}/state',
  entity: { type: 'air-station', id: '{sensor}' },
  fields: { pm25: { path: '$.pm', unit: 'ug/m3' } },
} as const satisfies JsonFormatDeclaration<'city/{district}/{sensor}/state'>;

const topic = 'city/old town/s-1/state';

function decode(
  change: Partial<JsonFormatDeclaration<string>>,
  payload: string | Uint8Array,
  on = topic,
): readonly FormatOutcome[] {
  const format = json({ ...base, ...change } as JsonFormatDeclaration<string>);
  assert.deepEqual(format.faults, []);
  return format.decode({
    topic: on,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
  });
}

function observation(change: Partial<JsonFormatDeclaration<string>>, payload: string) {
  const [outcome] = decode(change, payload);
  assert.ok(outcome?.kind === 'ok', JSON.stringify(outcome));
  return outcome.observation;
}

function fault(
  change: Partial<JsonFormatDeclaration<string>>,
  payload: string | Uint8Array,
  on?: string,
) {
  const [outcome] = decode(change, payload, on);
  assert.ok(outcome?.kind === 'deadLetter', JSON.stringify(outcome));
  return outcome;
}

test('the mapping of the design decodes each part, with tags of the topic and times of the part', () => {
  const format = json({
    topic: 'city/{district}/{sensor}/state',
    each: '$.values[*]',
    entity: { type: 'air-station', id: '{sensor}' },
    time: { path: '$.ts', unit: 'ms' },
    fields: { pm25: { path: '$.pm', unit: 'ug/m3' } },
    tags: { district: '{district}' },
  });
  assert.deepEqual(format.topics, ['city/+/+/state']);
  assert.deepEqual(format.emits, { 'air-station': ['pm25', 'district'] });
  assert.deepEqual(format.units, { 'air-station': { pm25: 'ug/m3' } });
  assert.deepEqual(format.kinds, { 'air-station': { pm25: 'number', district: 'tag' } });
  const payload = Buffer.from(
    '{"values":[{"ts":1700000000000,"pm":7.5},{"ts":1700000001000,"pm":8}]}',
  );
  assert.deepEqual(
    format
      .decode({ topic, payload })
      .map((outcome) => outcome.kind === 'ok' && outcome.observation),
    [
      { at: 1_700_000_000_000_000, pm25: 7.5 },
      { at: 1_700_000_001_000_000, pm25: 8 },
    ].map(({ at, pm25 }) => ({
      entityType: 'air-station',
      entityId: 's-1',
      observedAt: at,
      id: undefined,
      numbers: { pm25 },
      flags: {},
      texts: {},
      unset: [],
      tags: { district: 'old town' },
      position: null,
    })),
  );
});

test('what stands once for all parts is taken from the whole payload, and @ keeps to the part', () => {
  const time = { path: '$.ts', unit: 's' } as const;
  const payload = '{"ts":1700000000,"battery":3,"values":[{"pm":1},{"ts":1700000001,"pm":2}]}';
  const outcomes = decode(
    { each: '$.values[*]', time, fields: { pm25: '@.pm', battery: '@.battery' } },
    payload,
  );
  assert.deepEqual(
    outcomes.map(
      (outcome) =>
        outcome.kind === 'ok' && [outcome.observation.observedAt, outcome.observation.numbers],
    ),
    [
      [1_700_000_000_000_000, { pm25: 1 }],
      [1_700_000_001_000_000, { pm25: 2 }],
    ],
  );
});

test('a bad part is a dead letter with its place, and its neighbours go on', () => {
  const outcomes = decode({ each: '$.values[*]' }, '{"values":[{"pm":1},{"pm":"high"},{"pm":3}]}');
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['ok', 'deadLetter', 'ok'],
  );
  assert.deepEqual(outcomes[1], {
    kind: 'deadLetter',
    reason: 'type-mismatch',
    detail: 'Expected a number at $.pm; came the text "high".',
    place: "$['values'][1].pm",
  });
});

test('an empty list of parts is no reading, a missing one is a dead letter', () => {
  assert.deepEqual(decode({ each: '$.values[*]' }, '{"values":[]}'), [
    { kind: 'drop', reason: 'not-a-reading' },
  ]);
  assert.equal(fault({ each: '$.values[*]' }, '{"value":[]}').reason, 'path-missing');
});

test('values go by their own type, or by the kind declared', () => {
  const fields = {
    a: '$.a',
    b: '$.b',
    c: '$.c',
    n: { path: '$.n', kind: 'number' },
    t: { path: '$.t', kind: 'text' },
    d: { path: '$.d', kind: 'decimal' },
  } as const;
  const { numbers, flags, texts } = observation(
    { fields },
    '{"a":1.5,"b":true,"c":"x","n":"-2.50e1","t":4810214,"d":"0.10"}',
  );
  assert.deepEqual(
    [numbers, flags, texts],
    [{ a: 1.5, n: -25 }, { b: true }, { c: 'x', t: '4810214', d: '0.10' }],
  );
});

test('decimals, texts and ids keep the digits that a double would lose', () => {
  const fields = {
    price: { path: '$.p', kind: 'decimal' },
    list: { path: '$.l[1]', kind: 'text' },
  } as const;
  const read = observation(
    { fields, id: '$.id' },
    '{"p":1234567890123456789.10,"l":[1,9007199254740993],"id":9007199254740995}',
  );
  assert.deepEqual(read.texts, { price: '1234567890123456789.10', list: '9007199254740993' });
  assert.equal(read.id, '9007199254740995');
  const filtered = { price: { path: '$.q[?@.k=="x"].v', kind: 'decimal' } } as const;
  assert.deepEqual(observation({ fields: filtered }, '{"q":[{"k":"x","v":1.10}]}').texts, {
    price: '1.10',
  });
});

test('null is absence by default, and clears the field where that is declared', () => {
  const fields = { a: '$.a', b: { path: '$.b', null: 'unset' }, c: '$.c' } as const;
  const read = observation({ fields }, '{"a":null,"b":null,"c":1}');
  assert.deepEqual([read.numbers, read.unset], [{ c: 1 }, ['b']]);
  assert.deepEqual(decode({}, '{"pm":null}'), [{ kind: 'drop', reason: 'not-a-reading' }]);
});

test('a payload with none of the fields is a dead letter, and so is one without a required field', () => {
  assert.equal(fault({}, '{"other":1}').reason, 'path-missing');
  const missing = fault({ fields: { a: '$.a', b: { path: '$.b', required: true } } }, '{"a":1}');
  assert.deepEqual([missing.reason, missing.place], ['path-missing', '$.b']);
});

test('entity, tags and id are filled from topic and payload', () => {
  const read = observation(
    {
      entity: { type: '{$.kind}', id: '{district}/{$.no}' },
      tags: { mode: '{$.mode}', gone: '{$.gone}' },
      id: '$.id',
    },
    '{"kind":"bus","no":7,"mode":"x","id":"e-1","pm":1}',
  );
  assert.deepEqual(
    [read.entityType, read.entityId, read.tags, read.id],
    ['bus', 'old town/7', { mode: 'x' }, 'e-1'],
  );
  assert.equal(
    fault({ entity: { type: 'bus', id: '{$.no}' } }, '{"pm":1}').reason,
    'entity-invalid',
  );
  assert.equal(
    fault({ entity: { type: 'bus', id: '{$.no}' } }, '{"pm":1,"no":""}').reason,
    'entity-invalid',
  );
  assert.equal(
    fault({ entity: { type: 'bus', id: '{$.no}' } }, '{"pm":1,"no":[]}').reason,
    'type-mismatch',
  );
});

test('parts for which a condition does not hold are set aside', () => {
  const when = { '$.type': ['reading', 2], '@.on': true };
  assert.equal(observation({ when }, '{"type":"reading","on":true,"pm":1}').numbers.pm25, 1);
  assert.equal(observation({ when }, '{"type":2,"on":true,"pm":1}').numbers.pm25, 1);
  for (const payload of [
    '{"type":"2","on":true,"pm":1}',
    '{"type":2,"pm":1}',
    '{"type":2,"on":1,"pm":1}',
    '1',
  ])
    assert.deepEqual(
      decode({ when }, payload),
      [{ kind: 'drop', reason: 'not-a-reading' }],
      payload,
    );
});

test('times are read in every declared unit, as numbers and as texts of numbers', () => {
  const at = (unit: unknown, value: string) =>
    observation({ time: { path: '$.t', unit } as never }, `{"pm":1,"t":${value}}`).observedAt;
  assert.equal(at('s', '1707841979.931'), 1_707_841_979_931_000);
  assert.equal(at('s', '"1707841979"'), 1_707_841_979_000_000);
  assert.equal(at('us', '1707841979931271'), 1_707_841_979_931_271);
  assert.equal(at('ns', '1707841979931271999'), 1_707_841_979_931_271);
  assert.equal(at('ns', '"1707841979931271999"'), 1_707_841_979_931_271);
  assert.equal(at('rfc3339', '"2024-02-13T16:32:59.931Z"'), 1_707_841_979_931_000);
  assert.equal(
    at({ local: 'America/Los_Angeles' }, '"2012-03-01T00:05:00"'),
    1_330_589_100_000_000,
  );
  assert.equal(
    Number(at({ local: 'America/Los_Angeles', doubled: 'later' }, '"2012-11-04 01:30:00"')) -
      Number(at({ local: 'America/Los_Angeles' }, '"2012-11-04 01:30:00"')),
    3_600e6,
  );
});

test('a time that is missing, no time, or in the hour that is not there has a reason of its own', () => {
  const time = { path: '$.t', unit: { local: 'America/Los_Angeles' } } as const;
  assert.equal(fault({ time }, '{"pm":1}').reason, 'time-missing');
  assert.equal(fault({ time }, '{"pm":1,"t":null}').reason, 'time-missing');
  assert.equal(fault({ time }, '{"pm":1,"t":"soon"}').reason, 'time-invalid');
  assert.equal(fault({ time }, '{"pm":1,"t":12}').reason, 'time-invalid');
  assert.equal(
    fault({ time: { path: '$.t', unit: 'ms' } }, '{"pm":1,"t":-1}').reason,
    'time-invalid',
  );
  assert.equal(fault({ time }, '{"pm":1,"t":"2012-03-11 02:30:00"}').reason, 'time-nonexistent');
  assert.equal(
    observation({ time: { ...time, optional: true } }, '{"pm":1}').observedAt,
    undefined,
  );
});

test('a position needs both its degrees', () => {
  const position = { lat: '$.lat', lon: '$.lon', altitude: '$.alt' };
  assert.deepEqual(observation({ position }, '{"pm":1,"lat":60.1,"lon":"24.9"}').position, {
    lat: 60.1,
    lon: 24.9,
    altitude: null,
  });
  assert.equal(observation({ position }, '{"pm":1,"lat":null,"lon":null}').position, null);
  assert.equal(fault({ position }, '{"pm":1,"lat":60.1}').reason, 'path-missing');
  assert.equal(fault({ position }, '{"pm":1,"lat":60.1,"lon":{}}').reason, 'type-mismatch');
  assert.deepEqual(observation({ position, fields: {} }, '{"lat":1,"lon":2,"alt":3}').position, {
    lat: 1,
    lon: 2,
    altitude: 3,
  });
});

test('payloads that are no JSON, and topics that are others, say what came', () => {
  assert.equal(fault({}, '').reason, 'payload-empty');
  assert.equal(fault({}, Buffer.from([0x7b, 0xff, 0x7d])).reason, 'payload-not-utf8');
  assert.equal(fault({}, '{"pm":').reason, 'payload-not-json');
  assert.equal(fault({}, 'NaN').reason, 'payload-not-json');
  assert.match(
    fault({}, 'on\n\u001b[31m\u009b').detail,
    /^Expected JSON; [^\p{Cc}]*"on\\n\\u001b\[31m\\u009b"[^\p{Cc}]*$/u,
    'what a terminal would act on is escaped',
  );
  assert.equal(fault({}, '{"pm":1e999}').reason, 'number-not-finite');
  assert.equal(fault({}, '{"pm":1}', 'city/state').reason, 'topic-mismatch');
  assert.equal(observation({}, '\ufeff{"pm":1}').numbers.pm25, 1);
});

test('placeholders may stand within a level, and # takes the rest', () => {
  const names = (template: string, on: string) => {
    const format = json({
      topic: template,
      entity: { type: 'x', id: '{id}' },
      fields: { a: '$' },
    } as JsonFormatDeclaration<string>);
    const [outcome] = format.decode({ topic: on, payload: Buffer.from('1') });
    return [
      format.topics?.[0],
      outcome?.kind === 'ok' ? outcome.observation.entityId : outcome?.kind,
    ];
  };
  assert.deepEqual(names('a/sensor-{id}/b', 'a/sensor-7/b'), ['a/+/b', '7']);
  assert.deepEqual(names('a/sensor-{id}/b', 'a/other-7/b'), ['a/+/b', 'deadLetter']);
  assert.deepEqual(names('{id}/#', 'me/and/more'), ['+/#', 'me']);
  assert.deepEqual(names('{id}/#', 'me'), ['+/#', 'me']);
  assert.deepEqual(names('+/{id}', 'x/a.b'), ['+/+', 'a.b']);
  assert.deepEqual(names('/{id}', '/Itä'), ['/+', 'Itä']);
});

test('faults of the mapping itself are all listed, with their places', () => {
  const format = json({
    topic: 'a/{id}',
    entity: { type: 'x', id: '{di}' },
    each: '$.[',
    time: { path: 't', unit: 'sec' as 's' },
    fields: { a: 'a', b: { path: '$.b', uint: 'm' } as never },
    position: { lat: '$.x', lon: '' },
  });
  assert.deepEqual(format.faults?.map(({ path }) => path).sort(), [
    'each',
    'entity.id',
    'fields.a',
    'fields.b.uint',
    'position.lon',
    'time.path',
    'time.unit',
  ]);
  assert.match(
    format.faults?.find(({ path }) => path === 'entity.id')?.expected ?? '',
    /did you mean id\?/,
  );
});

test('anything that is handed over instead of a mapping has faults, and decodes to dead letters', () => {
  for (const strange of [
    undefined,
    null,
    1,
    {},
    { entity: 1, fields: 2 },
    { entity: { type: 'x' }, fields: { a: 1, b: null } },
    { entity: { type: 'x', id: 'y' }, fields: {}, time: 'ts' },
    { topic: 'a/{b}/{b}', entity: { type: 'x', id: 'y' }, fields: {} },
  ]) {
    const format = json(strange as never);
    assert.ok(Number(format.faults?.length) > 0, JSON.stringify(strange));
    assert.ok(format.decode({ topic: 'a', payload: Buffer.from('{}') }).length > 0);
  }
  const format = json({
    topic: 'a',
    entity: { type: 'x', id: 'y' },
    fields: { a: { path: '$.a', kind: 'int' as 'text' } },
    time: { path: '$.t', unit: { local: 'Mars', doubled: 'no' as 'later' } },
  });
  assert.deepEqual(
    format.faults?.map(({ path }) => path),
    ['time.unit.local', 'time.unit.doubled', 'fields.a.kind'],
  );
});
