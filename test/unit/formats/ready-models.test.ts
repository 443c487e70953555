/** A ready format and its ready model are made for each other: a configuration of the two has no fault. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import type { ModelDeclaration } from '../../../core/config/pipeline.ts';
import type { Format } from '../../../core/format.ts';
import { chirpStack } from '../../../formats/chirp-stack.ts';
import {
  gtfsRealtime,
  gtfsTrip,
  gtfsTripStop,
  gtfsVehicle,
} from '../../../formats/gtfs-realtime.ts';
import { loraWanDevice } from '../../../formats/lorawan/device-model.ts';
import { ownTracks, ownTracksTracker } from '../../../formats/own-tracks.ts';
import { shellyComponent, shellyGen2 } from '../../../formats/shelly-gen2.ts';
import { tasmota, tasmotaDevice, tasmotaSensor } from '../../../formats/tasmota.ts';
import { theThingsStack } from '../../../formats/the-things-stack.ts';
import { zigbee2mqtt, zigbee2mqttDevice } from '../../../formats/zigbee2mqtt.ts';
import { goldenPayloads } from '../../support/golden-payloads.ts';
import { mapMemory } from '../../support/map-memory.ts';

interface Ready {
  readonly format: Format;
  readonly models: Readonly<Record<string, ModelDeclaration>>;
  /** Fields of the golden cases that are the user's own. */
  readonly own?: readonly string[];
}

const ready: Readonly<Record<string, Ready>> = {
  'chirp-stack': { format: chirpStack(), models: { 'lorawan-device': loraWanDevice } },
  'the-things-stack': {
    format: theThingsStack(),
    models: { 'lorawan-device': loraWanDevice },
    own: ['temperature', 'state'],
  },
  zigbee2mqtt: { format: zigbee2mqtt(), models: { 'zigbee-device': zigbee2mqttDevice } },
  tasmota: {
    format: tasmota({ zone: 'Europe/Berlin' }),
    models: { 'tasmota-sensor': tasmotaSensor, 'tasmota-device': tasmotaDevice },
  },
  'shelly-gen2': { format: shellyGen2(), models: { 'shelly-component': shellyComponent } },
  'own-tracks': { format: ownTracks(), models: { tracker: ownTracksTracker } },
  'gtfs-realtime': {
    format: gtfsRealtime({ topics: ['feed'] }),
    models: { vehicle: gtfsVehicle, trip: gtfsTrip, 'trip-stop': gtfsTripStop },
  },
};

function faultsOf(format: Format, models: Ready['models']) {
  const checked = checkPipeline({ name: 'x', models, sources: { x: { format } } }, '/');
  return 'faults' in checked
    ? checked.faults.map(({ path, expected, came }) => `${path}: ${expected}; ${came}`)
    : checked.warnings;
}

for (const [name, { format, models, own = [] }] of Object.entries(ready)) {
  test(`${name}: format and model fit each other`, () => {
    assert.deepEqual(faultsOf(format, models), []);
  });

  test(`${name}: every field that the golden cases give is declared, of its kind, in its model`, () => {
    const places = {
      numbers: ['number'],
      flags: ['flag'],
      texts: ['text'],
      tags: ['tag'],
    } as const;
    const memory = mapMemory();
    for (const input of goldenPayloads().get(name) ?? assert.fail('no golden cases')) {
      for (const outcome of format.decode({ ...input, memory })) {
        if (outcome.kind !== 'ok') continue;
        const { observation } = outcome;
        const fields = models[observation.entityType]?.fields ?? {};
        for (const [place, kinds] of Object.entries(places)) {
          const values = observation[place as keyof typeof places];
          for (const field of Object.keys(values).filter((one) => !own.includes(one)))
            assert.ok(
              (kinds as readonly string[]).includes(fields[field]?.kind ?? ''),
              `${observation.entityType}.${field} in ${place}`,
            );
        }
      }
    }
  });
}

test("a field of the user's own is compared with the model, and takes the place of the format's", () => {
  const models = {
    'zigbee-device': {
      ...zigbee2mqttDevice,
      fields: {
        ...zigbee2mqttDevice.fields,
        soil: { kind: 'number', unit: '%' },
        pressure: { kind: 'number', unit: 'kPa' },
      },
    },
  } as const;
  const fields = {
    soil: { path: '$.soil_fertility', unit: '%' },
    pressure: { path: '$.atm', unit: 'hPa' },
  };
  assert.deepEqual(faultsOf(zigbee2mqtt({ fields }), models), []);
  const [outcome] = zigbee2mqtt({ fields }).decode({
    topic: 'zigbee2mqtt/bed',
    payload: Buffer.from('{"soil_fertility":40,"atm":1013,"pressure":1}'),
  });
  assert.ok(outcome?.kind === 'ok');
  assert.deepEqual(outcome.observation.numbers, { soil: 40, pressure: 1013 });
  assert.match(
    faultsOf(zigbee2mqtt({ fields }), { 'zigbee-device': zigbee2mqttDevice })[0] ?? '',
    /soil/,
  );
});

test("a field of the user's own without a unit has the model's, not that of the format's field of its name", () => {
  const { units, kinds } = zigbee2mqtt({ fields: { pressure: '$.atm' } });
  assert.equal(units?.['zigbee-device']?.pressure, undefined);
  assert.equal(kinds?.['zigbee-device']?.pressure, undefined);
});

test("what is wrong with the user's own fields, with a zone or a topic, is a fault at start", () => {
  const paths = (format: Format) => (format.faults ?? []).map(({ path }) => path);
  assert.deepEqual(paths(zigbee2mqtt({ fields: { soil: '$[' } })), ['fields.soil']);
  assert.deepEqual(paths(theThingsStack({ fields: { soil: 'soil' } })), ['fields.soil']);
  assert.deepEqual(paths(tasmota({ zone: 'Europe/Atlantis' })), ['zone']);
  assert.deepEqual(paths(tasmota({} as never)), ['zone']);
  assert.deepEqual(paths(tasmota({ zone: 'UTC', fullTopic: 'all/devices/' })), ['fullTopic']);
  assert.deepEqual(tasmota({ zone: '+01:00', fullTopic: '%topic%/%prefix%' }).topics, [
    '+/tele/SENSOR',
    '+/tele/STATE',
    '+/tele/LWT',
  ]);
});

test('more components than any device has are a dead letter, and hold up nobody', () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `Switch${index}`);
  const switches = Object.fromEntries(names.map((name) => [name, 'ON']));
  const components = Object.fromEntries(names.map((name) => [`${name}:1`, { output: true }]));
  const events = names.map((name) => ({ component: name, event: 'push' }));
  for (const [format, topic, payload] of [
    [tasmota({ zone: 'UTC' }), 'tele/x/SENSOR', switches],
    [shellyGen2(), 'x/events/rpc', { method: 'NotifyStatus', params: components }],
    [shellyGen2(), 'x/events/rpc', { method: 'NotifyEvent', params: { events } }],
  ] as const) {
    const outcomes = format.decode({ topic, payload: Buffer.from(JSON.stringify(payload)) });
    assert.deepEqual(
      outcomes.map((outcome) => 'reason' in outcome && outcome.reason),
      ['payload-too-large'],
    );
  }
});
