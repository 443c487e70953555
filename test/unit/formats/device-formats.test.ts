import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Format, FormatOutcome } from '../../../core/format.ts';
import { ownTracks } from '../../../formats/own-tracks.ts';
import { shellyGen2 } from '../../../formats/shelly-gen2.ts';
import { tasmota } from '../../../formats/tasmota.ts';
import { zigbee2mqtt } from '../../../formats/zigbee2mqtt.ts';

const zigbee = zigbee2mqtt();
const shelly = shellyGen2();
const plugs = tasmota({ zone: 'Europe/Berlin' });
const phones = ownTracks();

function one(format: Format, topic: string, payload: unknown): FormatOutcome {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const [outcome, ...rest] = format.decode({ topic, payload: Buffer.from(text) });
  assert.ok(outcome !== undefined && rest.length === 0);
  return outcome;
}

function reading(outcome: FormatOutcome) {
  assert.ok(outcome.kind === 'ok', JSON.stringify(outcome));
  return outcome.observation;
}

const setAside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

const dead: [
  what: string,
  Format,
  topic: string,
  payload: unknown,
  reason: string,
  place?: string,
][] = [
  [
    'an availability that is neither',
    zigbee,
    'zigbee2mqtt/a/availability',
    'maybe',
    'type-mismatch',
  ],
  [
    'a last_seen that is no time',
    zigbee,
    'zigbee2mqtt/a',
    { last_seen: 'now', battery: 1 },
    'time-invalid',
    '$.last_seen',
  ],
  [
    'a voltage that is no number',
    zigbee,
    'zigbee2mqtt/a',
    { power: 1, voltage: 'high' },
    'type-mismatch',
    '$.voltage',
  ],
  [
    'a battery that is no number',
    zigbee,
    'zigbee2mqtt/a',
    { battery: 'low' },
    'type-mismatch',
    '$.battery',
  ],
  [
    'a payload with nothing that is known',
    zigbee,
    'zigbee2mqtt/a',
    { gas_value: 3 },
    'path-missing',
    '$',
  ],
  [
    'a value of output: attribute',
    zigbee,
    'zigbee2mqtt/a/temperature',
    '27.3',
    'type-mismatch',
    '$',
  ],
  ['another base', zigbee, 'zigbee/a', { battery: 1 }, 'topic-mismatch'],
  ['a last will that is neither', plugs, 'tele/a/LWT', 'Gone', 'type-mismatch'],
  [
    'a time in other words',
    plugs,
    'tele/a/SENSOR',
    { Time: 'noon', A: { A0: 1 } },
    'time-invalid',
    '$.Time',
  ],
  ['another prefix', plugs, 'stat/a/SENSOR', { A: { A0: 1 } }, 'topic-mismatch'],
  ['a topic without a device', plugs, 'tele//SENSOR', { A: { A0: 1 } }, 'entity-invalid'],
  [
    'a notification without parameters',
    shelly,
    'a/events/rpc',
    { method: 'NotifyStatus' },
    'path-missing',
    '$.params',
  ],
  [
    'a time that is a text',
    shelly,
    'a/events/rpc',
    { method: 'NotifyStatus', params: { ts: 'x' } },
    'time-invalid',
    '$.params.ts',
  ],
  [
    'an output that is a text',
    shelly,
    'a/status/switch:0',
    { output: 'on' },
    'type-mismatch',
    '@.output',
  ],
  [
    'a frame of nobody',
    shelly,
    'webhook',
    { method: 'NotifyStatus', params: {} },
    'entity-invalid',
    '$.src',
  ],
  ['an online that is neither', shelly, 'a/online', 'yes', 'type-mismatch'],
  [
    'a location without a time',
    phones,
    'owntracks/a/b',
    { _type: 'location', lat: 1, lon: 2 },
    'time-missing',
    '$.tst',
  ],
  [
    'a location without a place',
    phones,
    'owntracks/a/b',
    { _type: 'location', tst: 1707841979 },
    'path-missing',
    '$.lat',
  ],
  [
    'a location of nobody',
    phones,
    'phones',
    { _type: 'location', tst: 1707841979, lat: 1, lon: 2 },
    'entity-invalid',
  ],
  ['what does not say what it is', phones, 'owntracks/a/b', { lat: 1 }, 'path-missing', '$._type'],
];

for (const [what, format, topic, payload, reason, place] of dead)
  test(`${format.name}: ${what} is a dead letter`, () => {
    const outcome = one(format, topic, payload);
    assert.ok(outcome.kind === 'deadLetter', JSON.stringify(outcome));
    assert.equal(outcome.reason, reason);
    assert.equal(outcome.place, place);
    assert.match(outcome.detail, /^Expected .*\.$/);
  });

const aside: [what: string, Format, topic: string, payload: unknown][] = [
  ['a command to a device', zigbee, 'zigbee2mqtt/a/set', { state: 'ON' }],
  ['a question to a device', zigbee, 'zigbee2mqtt/a/get/state', ''],
  ['a device that was removed', zigbee, 'zigbee2mqtt/a', ''],
  ['values that are all null', zigbee, 'zigbee2mqtt/a', { battery: null }],
  ['a device without sensors', plugs, 'tele/a/SENSOR', { Time: '2024-02-13T17:32:59' }],
  ['what a device says at its start', plugs, 'tele/a/INFO1', { Info1: {} }],
  ["an answer to somebody's request", shelly, 'a/events/rpc', { id: 1, src: 'a', result: {} }],
  ['a component that has nothing to tell', shelly, 'a/status/cloud', { connected: true }],
  ['a waypoint', phones, 'owntracks/a/b', { _type: 'waypoint', lat: 1, lon: 2 }],
];

for (const [what, format, topic, payload] of aside)
  test(`${format.name}: ${what} is set aside`, () => {
    assert.deepEqual(one(format, topic, payload), setAside);
  });

test('Zigbee2MQTT: version 1 told lux beside a raw count, version 2 tells lux alone', () => {
  const lux = (payload: unknown) =>
    reading(one(zigbee, 'zigbee2mqtt/a', payload)).numbers.illuminance;
  assert.equal(lux({ illuminance: 11_000, illuminance_lux: 12.6 }), 12.6);
  assert.equal(lux({ illuminance: 13 }), 13);
});

test('Shelly: a frame that comes by another way is of the device that it names', () => {
  const frame = {
    src: 'shelly1-aa',
    method: 'NotifyStatus',
    params: { ts: 1_707_841_979.25, 'switch:0': { output: true } },
  };
  const { entityId, observedAt } = reading(one(shelly, '/webhooks/shelly', frame));
  assert.equal(entityId, 'shelly1-aa/switch:0');
  assert.equal(observedAt, 1_707_841_979_250_000);
});

test('Tasmota: an offset in the time stands before the zone', () => {
  const at = (time: string) =>
    reading(one(plugs, 'tele/a/SENSOR', { Time: time, A: { A0: 1 } })).observedAt;
  assert.equal(at('2024-02-13T17:32:59'), 1_707_841_979_000_000);
  assert.equal(at('2024-02-13T18:32:59+02:00'), 1_707_841_979_000_000);
});

test('OwnTracks: a speed and a course that a phone does not know (-1, or left out) are cleared, as are regions that it has left', () => {
  const location = { _type: 'location', tst: 1_707_841_979, lat: 1, lon: 2 };
  const moving = reading(one(phones, 'owntracks/a/b', { ...location, vel: -1, cog: -1 }));
  assert.deepEqual(moving.numbers, {});
  assert.deepEqual(moving.unset, ['regions', 'speed', 'course']);
  const inside = reading(
    one(phones, 'owntracks/a/b', { ...location, vel: 0, inregions: ['home', 'garden'] }),
  );
  assert.equal(inside.texts.regions, 'home, garden');
  assert.deepEqual(inside.unset, ['course']);
});

test('OwnTracks: an altitude of 0 is one only where its accuracy comes with it', () => {
  const location = { _type: 'location', tst: 1_707_841_979, lat: 1, lon: 2 };
  const altitude = (given: object) =>
    reading(one(phones, 'owntracks/a/b', { ...location, ...given })).position?.altitude;
  assert.equal(altitude({ alt: 0, vac: 0 }), null);
  assert.equal(altitude({ alt: 0 }), null);
  assert.equal(altitude({ alt: 0, vac: 3 }), 0);
  assert.equal(altitude({ alt: 86, vac: 0 }), 86);
});

test('a value that a Shelly sends as null is gone, as that of a sensor that was taken off', () => {
  const status = { id: 100, tC: null, tF: null };
  const { unset, entityId } = reading(one(shelly, 'plug/status/temperature:100', status));
  assert.deepEqual(unset, ['temperature']);
  assert.equal(entityId, 'plug/temperature:100');
});
