import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FormatMemory, FormatOutcome } from '../../../core/format.ts';
import type { Observation } from '../../../core/reading.ts';
import { fieldName } from '../../../formats/device/field-name.ts';
import { decodePayload } from '../../../formats/sparkplug-b/payload.ts';
import type { SparkplugBOptions } from '../../../formats/sparkplug-b.ts';
import { sparkplugB } from '../../../formats/sparkplug-b.ts';
import { encodeSparkplug, type SparkplugMetric } from '../../support/encode-sparkplug.ts';
import { mapMemory } from '../../support/map-memory.ts';

const at = 1_767_225_600_000;
type Type = 'NBIRTH' | 'DBIRTH' | 'NDATA' | 'DDATA' | 'NDEATH' | 'DDEATH';

/** One edge node `plant/press` and its device `ram`, as a format sees them. */
function pressOf(options: SparkplugBOptions = {}, memory: FormatMemory | null = mapMemory()) {
  const format = sparkplugB(options);
  let seq = -1;
  return {
    format,
    /** `seq` goes on by one unless it is given. */
    send(
      type: Type,
      metrics: readonly SparkplugMetric[] = [],
      given: { seq?: number; device?: string } = {},
    ): readonly FormatOutcome[] {
      seq = given.seq ?? (seq + 1) % 256;
      const device = type.startsWith('D') ? `/${given.device ?? 'ram'}` : '';
      const payload = encodeSparkplug({ timestamp: at, seq, metrics });
      return format.decode({
        topic: `spBv1.0/plant/${type}/press${device}`,
        payload,
        memory: memory ?? undefined,
      });
    },
  };
}

const bdSeq = (value: bigint) => ({ name: 'bdSeq', datatype: 8, value });
const pressure = { name: 'Pressure', alias: 1, datatype: 10, value: 10.5 };

const observations = (outcomes: readonly FormatOutcome[]): Observation[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [outcome.observation] : []));
const reasons = (outcomes: readonly FormatOutcome[]): string[] =>
  outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.kind));

test('a declaration says what a device is, which metrics are its fields, and in what unit', () => {
  const { format, send } = pressOf({
    devices: {
      type: 'press',
      id: '{node}-{device}',
      fields: {
        pressure: { metric: 'Pressure', unit: 'bar' },
        strokes: { metric: 'Total/Strokes', kind: 'decimal' },
      },
      tags: { plant: '{group}' },
    },
  });
  assert.deepEqual(format.emits.press, ['online', 'pressure', 'strokes', 'plant']);
  assert.deepEqual(format.units?.press, { pressure: 'bar' });
  assert.deepEqual(format.kinds?.press, {
    pressure: 'number',
    strokes: 'decimal',
    plant: 'tag',
    online: 'flag',
  });
  const strokes = { name: 'Total/Strokes', datatype: 8, value: 18_446_744_073_709_551_615n };
  const [reading, ...more] = observations(send('DBIRTH', [pressure, strokes, bdSeq(1n)]));
  assert.equal(more.length, 0);
  assert.equal(reading?.entityId, 'press-ram');
  assert.deepEqual(reading?.numbers, { pressure: 10.5 });
  assert.deepEqual(reading?.texts, { strokes: '18446744073709551615' });
  assert.deepEqual(reading?.tags, { plant: 'plant' });
});

test('devices are told apart by their ids, and one that nothing is declared for is set aside', () => {
  const { send } = pressOf({
    devices: [
      { named: 'pump-*', type: 'pump' },
      { named: '*.meter', type: 'meter' },
    ],
  });
  const typeOf = (device: string) =>
    observations(send('DBIRTH', [pressure], { device })).map(({ entityType }) => entityType);
  assert.deepEqual(typeOf('pump-7'), ['pump']);
  assert.deepEqual(typeOf('main.meter'), ['meter']);
  assert.deepEqual(typeOf('mainXmeter'), []);
});

test('without a word about nodes only their presence is taken', () => {
  const { send } = pressOf();
  const [reading] = observations(send('NBIRTH', [bdSeq(1n), pressure]));
  assert.equal(reading?.entityType, 'edge-node');
  assert.deepEqual([reading?.flags, reading?.numbers], [{ online: true }, {}]);
  assert.deepEqual(reasons(send('NDATA', [pressure])), ['not-a-reading']);
});

test('a node is asked for its births once in so many of its messages, however many are in want of them', () => {
  const { send } = pressOf({ rebirthEvery: 5 });
  const asked = Array.from({ length: 12 }, () =>
    reasons(send('DDATA', [{ alias: 1, value: 1 }])).includes('request'),
  );
  assert.deepEqual(
    asked.flatMap((was, index) => (was ? [index] : [])),
    [0, 5, 10],
  );
});

test('births that do not help do not make it ask more often', () => {
  const { send } = pressOf({ rebirthEvery: 10 });
  let requests = 0;
  for (let round = 0; round < 20; round++) {
    send('NBIRTH', [bdSeq(1n)], { seq: 0 });
    send('DBIRTH', [pressure], { seq: 1 });
    const outcomes = send('DDATA', [{ alias: 99, value: 1 }], { seq: 2 });
    requests += reasons(outcomes).filter((reason) => reason === 'request').length;
  }
  assert.equal(requests, 5, 'of 60 messages, and only those with data ask');
});

test('a message of which nothing is wanted counts as filtered, also when its node must be asked', () => {
  const { send } = pressOf();
  assert.deepEqual(reasons(send('NDATA', [pressure])), ['not-a-reading', 'request']);
});

test('where it may not publish it asks nobody', () => {
  const { send } = pressOf({ rebirthEvery: false });
  assert.deepEqual(reasons(send('DDATA', [{ alias: 1, value: 1 }])), ['name-unknown']);
});

test('the request is the command that the specification has for it', () => {
  const { send } = pressOf();
  const request = send('DDATA', [{ alias: 1, value: 1 }]).at(-1);
  assert.ok(request?.kind === 'request');
  assert.equal(request.topic, 'spBv1.0/plant/NCMD/press');
  const { metrics, timestamp } = decodePayload(request.payload, 10);
  assert.equal(timestamp, at);
  assert.equal(metrics.length, 1);
  assert.equal(metrics[0]?.name, 'Node Control/Rebirth');
  assert.equal(metrics[0]?.datatype, 11);
  assert.deepEqual(metrics[0]?.value, { kind: 'boolean', value: true });
});

test('sequence numbers go round after 255, and the same message again is no gap', () => {
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 254 });
  send('DBIRTH', [pressure]);
  assert.deepEqual(reasons(send('DDATA', [{ alias: 1, value: 1 }], { seq: 0 })), ['ok']);
  assert.deepEqual(reasons(send('DDATA', [{ alias: 1, value: 1 }], { seq: 0 })), ['ok']);
  const [, gap] = send('DDATA', [{ alias: 1, value: 2 }], { seq: 2 });
  assert.ok(gap?.kind === 'deadLetter');
  assert.equal(gap.reason, 'sequence-gap');
  assert.match(gap.detail, /message 1 of plant\/press; came 2: 1 of its messages is missing/);
});

test('any number of messages that are missing is told, and the others are read', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(254), (start, lost) => {
      const { send } = pressOf();
      send('NBIRTH', [bdSeq(1n)], { seq: start });
      const seq = (start + 1 + lost) % 256;
      const outcomes = send('DBIRTH', [pressure], { seq });
      assert.equal(observations(outcomes).length, 1);
      // 255 lost would be the same number again.
      const gaps = reasons(outcomes).filter((reason) => reason === 'sequence-gap').length;
      assert.equal(gaps, lost === 0 ? 0 : 1);
    }),
  );
});

test('aliases of a session that is over mean nothing any more', () => {
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  send('DBIRTH', [pressure]);
  send('NBIRTH', [bdSeq(2n)], { seq: 0 });
  assert.deepEqual(reasons(send('DDATA', [{ alias: 1, value: 1 }])), ['name-unknown', 'request']);
});

test('after its death a device must be born again', () => {
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  send('DBIRTH', [pressure]);
  assert.deepEqual(observations(send('DDEATH'))[0]?.flags, { online: false });
  assert.deepEqual(reasons(send('DDATA', [{ alias: 1, value: 1 }])), ['name-unknown', 'request']);
});

test('a death that comes twice is one', () => {
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  send('DBIRTH', [pressure]);
  assert.equal(observations(send('NDEATH', [bdSeq(1n)])).length, 2);
  assert.deepEqual(reasons(send('NDEATH', [bdSeq(1n)])), ['not-a-reading']);
});

test('a value that its field can not hold makes its reading a dead letter, and those of other times go on', () => {
  const { send } = pressOf({
    devices: { fields: { strokes: 'Strokes', pressure: 'Pressure', name: 'Name' } },
    online: false,
  });
  const outcomes = send('DBIRTH', [
    { name: 'Strokes', datatype: 8, value: 2n ** 60n, timestamp: at },
    { ...pressure, timestamp: at },
    { ...pressure, timestamp: at + 1 },
  ]);
  const [dead, reading] = outcomes;
  assert.ok(dead?.kind === 'deadLetter');
  assert.equal(dead.place, 'Strokes');
  assert.match(dead.detail, /1152921504606846976.*kind decimal/);
  assert.ok(reading?.kind === 'ok');
  assert.equal(reading.observation.observedAt, (at + 1) * 1000);
});

test('one metric twice at one time is two readings', () => {
  const { send } = pressOf({ online: false });
  const twice = observations(send('DBIRTH', [pressure, { ...pressure, value: 11 }]));
  assert.deepEqual(
    twice.map(({ numbers }) => numbers),
    [{ pressure: 10.5 }, { pressure: 11 }],
  );
});

test('where nothing is remembered, as with a sample, names and plain values are read and nobody is asked', () => {
  const { send } = pressOf({}, null);
  assert.deepEqual(reasons(send('DDATA', [{ name: 'Pressure', value: 10.5 }])), ['ok']);
  // Else a replay could take one part of it for another.
  const half = [
    { name: 'Pressure', value: 10.5, timestamp: at },
    { alias: 1, value: 10.5, timestamp: at + 1 },
  ];
  assert.deepEqual(reasons(send('DDATA', half)), ['name-unknown']);
});

test('a whole number without its type is read by the birth that declared it, also a negative one', () => {
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  send('DBIRTH', [{ name: 'Level', alias: 4, datatype: 2, value: 5n }]);
  const [reading] = observations(send('DDATA', [{ alias: 4, value: 65_533n }]));
  assert.deepEqual(reading?.numbers, { level: -3 });
});

test('metrics get names that a model can have', () => {
  const names = ['Supply Voltage', 'Outputs/LEDs/Green', 'CPU Load', 'größe', '1st/x', '日本', 'a'];
  assert.deepEqual(names.map(fieldName), [
    'supplyVoltage',
    'outputsLEDsGreen',
    'CPULoad',
    'groE',
    'm1stX',
    undefined,
    'a',
  ]);
});

test('a metric that is called as what every reading has is a value of that name', () => {
  const names = ['Source', 'time', 'Position', 'Entity Id', 'event_id', 'Zones/1', 'TIME'];
  assert.deepEqual(names.map(fieldName), [
    'sourceValue',
    'timeValue',
    'positionValue',
    'entityIdValue',
    'eventIdValue',
    'zones1',
    'TIME',
  ]);
  const { send } = pressOf();
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  const [reading] = observations(
    send('DBIRTH', [{ name: 'Source', alias: 4, datatype: 2, value: 5n }]),
  );
  assert.deepEqual(reading?.numbers, { sourceValue: 5 });
});

test('two metrics that would be one field are told, at births and with data, and the first of the birth has the field', () => {
  const { send } = pressOf({ online: false });
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  const source = { name: 'Source', alias: 4, datatype: 10, value: 5.5 };
  const other = { name: 'Source Value', alias: 5, datatype: 10, value: 6.5 };
  const told = (outcomes: readonly FormatOutcome[]) => {
    assert.deepEqual(reasons(outcomes), ['ok', 'name-ambiguous']);
    assert.deepEqual(observations(outcomes)[0]?.numbers, { sourceValue: 5.5, pressure: 10.5 });
    const [, letter] = outcomes;
    assert.ok(letter?.kind === 'deadLetter');
    assert.match(letter.detail, /fields.*Source Value \(sourceValue is Source\)/);
    assert.equal(letter.place, 'Source Value');
  };
  told(send('DBIRTH', [source, pressure, other]));
  // Whatever the order that data come in.
  told(send('DDATA', [{ alias: 5, value: 6.5 }, { alias: 4, value: 5.5 }, pressure]));
  assert.deepEqual(reasons(send('DDATA', [{ alias: 5, value: 6.5 }])), ['name-ambiguous']);
  const { send: plain } = pressOf({ online: false }, null);
  assert.deepEqual(reasons(plain('DDATA', [source, other])), ['ok', 'name-ambiguous']);
});

test('metrics that are told apart by a declaration are fields of their own, however alike their names are', () => {
  const fields = { source: 'Source', sourceValue: 'Source Value' };
  const { send } = pressOf({ online: false, devices: { fields } });
  const [reading] = observations(
    send('DBIRTH', [
      { name: 'Source', datatype: 10, value: 5.5 },
      { name: 'Source Value', datatype: 10, value: 6.5 },
    ]),
  );
  assert.deepEqual(reading?.numbers, { source: 5.5, sourceValue: 6.5 });
});

test('data by an alias that its birth gave to two metrics are told, and are no value of either', () => {
  const { send } = pressOf({ online: false });
  send('NBIRTH', [bdSeq(1n)], { seq: 0 });
  const heat = { name: 'Heat', alias: 1, datatype: 10, value: 70.5 };
  const speed = { name: 'Speed', alias: 2, datatype: 10, value: 3.5 };
  assert.deepEqual(reasons(send('DBIRTH', [pressure, heat, speed])), ['ok']);
  const outcomes = send('DDATA', [
    { alias: 1, value: 71.5 },
    { alias: 2, value: 4.5 },
  ]);
  assert.deepEqual(reasons(outcomes), ['ok', 'name-ambiguous'], 'and nobody is asked for a birth');
  assert.deepEqual(observations(outcomes)[0]?.numbers, { speed: 4.5 });
  const [, letter] = outcomes;
  assert.match(letter?.kind === 'deadLetter' ? letter.detail : '', /alias 1 \(Pressure or Heat\)/);
  const named = observations(send('DDATA', [{ ...heat, value: 72.5 }]));
  assert.deepEqual(named[0]?.numbers, { heat: 72.5 }, 'by its name it is told');
});

test('what is wrong with a declaration is told with its place', () => {
  const bad = {
    groups: ['a/b'],
    devices: [
      { named: 'x', id: '{gruop}', fields: { 'a b': 'A', c: { metric: 'C', kind: 'integer' } } },
    ],
    rebirthEvery: 0,
    nodes: {},
  } as unknown as SparkplugBOptions;
  assert.deepEqual(
    sparkplugB(bad).faults?.map(({ path }) => path),
    [
      'groups[0]',
      'devices[0].id',
      'devices[0].fields["a b"]',
      'devices[0].fields.c.kind',
      'rebirthEvery',
      'nodes',
    ],
  );
});
