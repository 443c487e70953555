import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormatOutcome } from '../../../core/format.ts';
import { type HomieOptions, homie } from '../../../formats/homie.ts';
import { mapMemory } from '../../support/map-memory.ts';

function carOf(
  options: HomieOptions = {},
  memory: ReturnType<typeof mapMemory> | null = mapMemory(),
) {
  const format = homie(options);
  return {
    format,
    memory,
    send: (topic: string, payload: string): readonly FormatOutcome[] =>
      format.decode({
        topic: `homie/car/${topic}`,
        payload: Buffer.from(payload),
        memory: memory ?? undefined,
      }),
  };
}

const readings = (outcomes: readonly FormatOutcome[]) =>
  outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [outcome.observation] : []));

test('without a declaration each property is a field of its device, by its datatype', () => {
  const { send } = carOf();
  send('engine/speed-limit/$datatype', 'integer');
  const [reading] = readings(send('engine/speed-limit', '120'));
  assert.equal(reading?.entityType, 'homie-device');
  assert.equal(reading?.entityId, 'car');
  assert.deepEqual(reading?.numbers, { engineSpeedLimit: 120 });
});

test('nodes may be the entities, and the state of their device is told of each of them', () => {
  const { send } = carOf({ entity: { type: 'lamp', id: '{device}/{node}' } });
  send('front/power/$datatype', 'boolean');
  assert.deepEqual(readings(send('front/power', 'true'))[0]?.flags, { power: true });
  assert.deepEqual(readings(send('$state', 'ready')), [], 'no node is known yet');
  const told = (outcomes: readonly FormatOutcome[]) =>
    readings(outcomes).map(({ entityId, flags }) => [entityId, flags.online]);
  assert.deepEqual(told(send('$nodes', 'front, rear[]')), [
    ['car/front', true],
    ['car/rear', true],
  ]);
  assert.deepEqual(told(send('$nodes', 'front,rear,roof')), [['car/roof', true]]);
  assert.equal(told(send('$state', 'lost')).filter(([, online]) => online === false).length, 3);
});

test('a property that is called as what every reading has is a value of that name', () => {
  const { send } = carOf({ entity: { type: 'lamp', id: '{device}/{node}' } });
  send('clock/time/$datatype', 'integer');
  assert.deepEqual(readings(send('clock/time', '7'))[0]?.numbers, { timeValue: 7 });
});

test('two properties that would be one field are told: the first has it, also after a restart, until it is deleted', () => {
  const { send, memory } = carOf();
  for (const name of ['speed-limit', 'speedLimit']) send(`engine/${name}/$datatype`, 'integer');
  const numbers = (outcomes: readonly FormatOutcome[]) => readings(outcomes)[0]?.numbers;
  assert.deepEqual(numbers(send('engine/speed-limit', '120')), { engineSpeedLimit: 120 });
  const told = ([outcome, ...more]: readonly FormatOutcome[]) => {
    assert.deepEqual(more, []);
    assert.ok(outcome?.kind === 'deadLetter');
    assert.equal(outcome.reason, 'name-ambiguous');
    assert.equal(outcome.place, 'engine/speedLimit');
    assert.match(outcome.detail, /engineSpeedLimit is engine\/speed-limit.*fields/);
  };
  told(send('engine/speedLimit', '80'));
  const again = carOf({}, memory);
  told(again.send('engine/speedLimit', '80'));
  again.send('engine/speed-limit', '');
  assert.deepEqual(numbers(again.send('engine/speedLimit', '80')), { engineSpeedLimit: 80 });
});

test('properties of one name in two nodes that are entities, or in two devices, are not one', () => {
  const { format } = carOf({ entity: { type: 'lamp', id: '{device}/{node}' } });
  const memory = mapMemory();
  for (const place of ['car/front', 'car/rear', 'bus/front'])
    for (const [topic, text] of [
      ['/$datatype', 'integer'],
      ['', '7'],
    ]) {
      const payload = Buffer.from(text ?? '');
      const outcomes = format.decode({ topic: `homie/${place}/power${topic}`, payload, memory });
      if (topic === '') assert.deepEqual(readings(outcomes)[0]?.numbers, { power: 7 });
    }
});

test('what the attributes said is known after a restart', () => {
  const { send, memory } = carOf({ fields: { heat: { property: 'engine/heat', unit: 'K' } } });
  send('engine/heat/$datatype', 'float');
  send('engine/heat/$unit', '°C');
  const later = carOf({ fields: { heat: { property: 'engine/heat', unit: 'K' } } }, memory);
  const [reading] = readings(later.send('engine/heat', '0'));
  assert.deepEqual(reading?.numbers, { heat: 273.15 });
});

test('a unit that can not be converted is told, and one that nobody knows is taken for the declared one', () => {
  const { send } = carOf({ fields: { heat: { property: 'engine/heat', unit: 'K' } } });
  send('engine/heat/$datatype', 'float');
  send('engine/heat/$unit', 'V');
  const [dead] = send('engine/heat', '5');
  assert.ok(dead?.kind === 'deadLetter');
  assert.match(dead.detail, /in V, which can't be converted to K/);
  send('engine/heat/$unit', 'warmths');
  assert.deepEqual(readings(send('engine/heat', '5'))[0]?.numbers, { heat: 5 });
});

test('a decimal is never converted', () => {
  const far = { property: 'engine/far', kind: 'decimal', unit: 'km' } as const;
  const { send } = carOf({ fields: { far } });
  send('engine/far/$unit', 'm');
  assert.equal(send('engine/far', '5000')[0]?.kind, 'deadLetter');
  send('engine/far/$unit', 'km');
  assert.deepEqual(readings(send('engine/far', '5'))[0]?.texts, { far: '5' });
});

test('a whole number beyond 2^53 asks for the kind decimal', () => {
  const { send } = carOf({ fields: { n: { property: 'engine/n', kind: 'number' } } });
  const [dead] = send('engine/n', '9007199254740993');
  assert.ok(dead?.kind === 'deadLetter');
  assert.match(dead.detail, /kind decimal/);
  assert.deepEqual(readings(send('engine/n', '9007199254740991'))[0]?.numbers, {
    n: 9007199254740991,
  });
});

test('where nothing is remembered, as with a sample, the value says what it is', () => {
  const { send } = carOf({}, null);
  assert.deepEqual(readings(send('a/b', '1.5'))[0]?.numbers, { aB: 1.5 });
  assert.deepEqual(readings(send('a/b', 'false'))[0]?.flags, { aB: false });
  assert.deepEqual(readings(send('a/b', 'open'))[0]?.texts, { aB: 'open' });
  const inKelvin = carOf({ fields: { heat: { property: 'a/b', unit: 'K' } } }, null);
  const [dead] = inKelvin.send('a/b', '5');
  assert.ok(dead?.kind === 'deadLetter', 'of which unit nobody knows');
  assert.equal(dead.reason, 'name-unknown');
});

test('another base topic is another base topic', () => {
  const format = homie({ baseTopic: 'house/devices' });
  assert.ok(format.topics?.includes('house/devices/+/+/+'));
  const payload = Buffer.from('ready');
  assert.equal(format.decode({ topic: 'house/devices/car/$state', payload })[0]?.kind, 'ok');
  assert.equal(format.decode({ topic: 'homie/car/$state', payload })[0]?.kind, 'deadLetter');
});

test('what is wrong with a declaration is told with its place', () => {
  const bad = {
    baseTopic: 'homie/',
    fields: { 'a b': 'engine/x', c: 'engine', d: { property: 'a/b', unit: 'kmh' } },
    entity: { id: '{room}' },
    on: 'online',
  } as unknown as HomieOptions;
  assert.deepEqual(
    homie(bad).faults?.map(({ path }) => path),
    ['baseTopic', 'entity.id', 'fields["a b"]', 'fields.c', 'fields.d.unit', 'on'],
  );
});
