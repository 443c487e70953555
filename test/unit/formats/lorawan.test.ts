import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormatOutcome } from '../../../core/format.ts';
import { chirpStack } from '../../../formats/chirp-stack.ts';
import type { LoraWanOptions } from '../../../formats/lorawan/options.ts';
import { theThingsStack } from '../../../formats/the-things-stack.ts';

const time = '2024-02-13T16:32:59Z';
const micros = Date.UTC(2024, 1, 13, 16, 32, 59) * 1000;

/** An uplink of port 2 with the bytes 01 12, as ChirpStack tells it, with changes. */
function chirpUplink(
  changes: Readonly<Record<string, unknown>> = {},
  options: LoraWanOptions = {},
) {
  const event = {
    deduplicationId: 'd1',
    time,
    deviceInfo: {
      applicationName: 'field',
      deviceProfileName: 'Elsys ERS2',
      deviceName: 'hall',
      devEui: '0004A30B001C0530',
    },
    fPort: 2,
    data: 'ARI=',
    rxInfo: [
      { gatewayId: 'far', rssi: -110, snr: -12, location: { latitude: 1, longitude: 2 } },
      { gatewayId: 'near', rssi: -60, snr: 9, location: { latitude: 60.17, longitude: 24.94 } },
    ],
    txInfo: { frequency: 868_100_000, modulation: { lora: { spreadingFactor: 7 } } },
    ...changes,
  };
  const payload = Buffer.from(JSON.stringify(event));
  return chirpStack(options).decode({ topic: 'application/a/device/d/event/up', payload });
}

function observation(outcome: FormatOutcome | undefined) {
  assert.equal(outcome?.kind, 'ok', JSON.stringify(outcome));
  return (outcome as Extract<FormatOutcome, { kind: 'ok' }>).observation;
}

function dead(outcomes: readonly FormatOutcome[]) {
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['deadLetter'],
  );
  return outcomes[0] as Extract<FormatOutcome, { kind: 'deadLetter' }>;
}

test('a codec gets port, bytes, time and whose they are; what it gives are fields beside the radio values', () => {
  let seen: unknown;
  const codec: LoraWanOptions['codec'] = (input) => {
    seen = { ...input, recvTime: input.recvTime.toISOString() };
    return {
      temperature: 18,
      occupied: true,
      type: 'heartbeat',
      nothing: null,
      missing: undefined,
    };
  };
  const [outcome] = chirpUplink({}, { codec });
  const { entityId, numbers, flags, texts, id } = observation(outcome);
  assert.deepEqual(seen, {
    fPort: 2,
    bytes: [1, 0x12],
    recvTime: '2024-02-13T16:32:59.000Z',
    device: {
      devEui: '0004a30b001c0530',
      name: 'hall',
      application: 'field',
      profile: 'Elsys ERS2',
    },
  });
  assert.equal(entityId, '0004a30b001c0530');
  assert.equal(id, 'd1/up');
  assert.equal(numbers.temperature, 18);
  assert.equal(numbers.snr, 9);
  assert.deepEqual(flags, { confirmed: false, occupied: true });
  assert.deepEqual(texts, { deviceName: 'hall', gateway: 'near', type: 'heartbeat' });
});

test("a vendor's decodeUplink is a codec as it is: its data are fields, its errors a dead letter", () => {
  const decodeUplink = ({ bytes }: { bytes: number[] }) =>
    bytes[0] === 1
      ? { data: { level: bytes[1] }, warnings: ['low'] }
      : { errors: ['unknown type'] };
  assert.equal(observation(chirpUplink({}, { codec: decodeUplink })[0]).numbers.level, 0x12);
  const { reason, detail, place } = dead(chirpUplink({ data: 'AhI=' }, { codec: decodeUplink }));
  assert.equal(reason, 'decoder-threw');
  assert.match(detail, /refused it: unknown type/);
  assert.equal(place, '$.data');
});

test('a codec that throws, gives a promise, a number or a NaN makes a dead letter of the uplink', () => {
  const codecs: [LoraWanOptions['codec'], RegExp][] = [
    [
      () => {
        throw new RangeError('byte 3 is missing');
      },
      /threw RangeError: byte 3 is missing/,
    ],
    [(async () => ({ a: 1 })) as never, /no object of fields/],
    [(() => 7) as never, /no object of fields/],
    [() => ({ level: Number.NaN }), /finite number at level; came NaN/],
  ];
  for (const [codec, says] of codecs)
    assert.match(dead(chirpUplink({}, codec === undefined ? {} : { codec })).detail, says);
});

test('a codec may set a payload aside: the radio values remain', () => {
  const [outcome] = chirpUplink({}, { codec: () => undefined });
  assert.deepEqual(Object.keys(observation(outcome).numbers).includes('rssi'), true);
});

test('readings that a device has kept have their own time and no radio values, which stand with the present one', () => {
  const codec = () => [
    { level: 1, time: new Date('2024-02-13T15:00:00Z') },
    { level: 2, time: new Date('2024-02-13T16:00:00Z') },
    { level: 3 },
  ];
  const all = chirpUplink({}, { codec }).map(observation);
  assert.deepEqual(
    all.map(({ observedAt, numbers, id }) => [observedAt, numbers.level, numbers.rssi, id]),
    [
      [micros - 5579e6, 1, undefined, 'd1/up'],
      [micros - 1979e6, 2, undefined, 'd1/up.1'],
      [micros, 3, -60, 'd1/up.2'],
    ],
  );
  const kept = chirpUplink({}, { codec: () => codec().slice(0, 1) }).map(observation);
  assert.deepEqual(
    kept.map(({ numbers }) => [numbers.level, numbers.rssi]),
    [
      [1, undefined],
      [undefined, -60],
    ],
  );
});

test('named fields are read from the decoded payload, and from the message where that has not the path', () => {
  const fields = {
    temperature: { path: '$.env.t', unit: 'Cel' },
    region: '$.rxInfo[0].metadata.region',
  };
  const rxInfo = [{ gatewayId: 'g', rssi: -60, snr: 9, metadata: { region: 'eu868' } }];
  const [outcome] = chirpUplink({ object: { env: { t: 21.5 }, noise: 7 }, rxInfo }, { fields });
  const { numbers, texts } = observation(outcome);
  assert.equal(numbers.temperature, 21.5);
  assert.equal(numbers.noise, undefined);
  assert.equal(texts.region, 'eu868');
});

test('named fields without anything decoded are a dead letter that says what is missing; on port 0 they are not', () => {
  const fields = { temperature: '$.temperature' };
  const { reason, detail } = dead(chirpUplink({}, { fields }));
  assert.equal(reason, 'path-missing');
  assert.match(detail, /its bytes alone/);
  assert.equal(observation(chirpUplink({ fPort: 0 }, { fields })[0]).numbers.port, 0);
  assert.match(dead(chirpUplink({ object: { other: 1 } }, { fields })).detail, /came "?other/);
});

test("a place in the payload is the device's; else that of the best gateway where it is wanted", () => {
  const position = { lat: '$.lat', lon: '$.lon' };
  const [own] = chirpUplink(
    { object: { lat: 60.2, lon: 25 } },
    { position, gatewayPosition: true },
  );
  assert.deepEqual(observation(own).position, { lat: 60.2, lon: 25, altitude: null });
  assert.equal('lat' in observation(own).numbers, false);
  const [wanted] = chirpUplink({}, { gatewayPosition: true });
  assert.deepEqual(observation(wanted).position, { lat: 60.17, lon: 24.94, altitude: null });
  const { position: none, numbers } = observation(chirpUplink()[0]);
  assert.equal(none, null);
  assert.equal(numbers.gatewayLatitude, 60.17);
});

test('what the device says of its battery stands before what the network server says', () => {
  const [outcome] = chirpUplink({ object: { rssi: 'good' } });
  const { numbers, texts } = observation(outcome);
  assert.equal(numbers.rssi, undefined);
  assert.equal(texts.rssi, 'good');
});

test('bytes that are no base64 are a dead letter', () => {
  const codec = () => ({ level: 1 });
  assert.match(dead(chirpUplink({ data: '***' }, { codec })).detail, /bytes in base64/);
  assert.match(dead(chirpUplink({ data: 7 }, { codec })).detail, /bytes in base64; came 7/);
});

test('a device of The Things Stack without a DevEUI is named by application and device id', () => {
  const message = {
    end_device_ids: { device_id: 'abp-1', application_ids: { application_id: 'app' } },
    uplink_message: { received_at: time, f_port: 1, frm_payload: 'AA==' },
  };
  const payload = Buffer.from(JSON.stringify(message));
  const [outcome] = theThingsStack().decode({ topic: 'v3/app@t/devices/abp-1/up', payload });
  const { entityId, observedAt, numbers } = observation(outcome);
  assert.equal(entityId, 'app/abp-1');
  assert.equal(observedAt, micros);
  assert.equal(numbers.frames, 0);
});

test('an event of ChirpStack by HTTP is known by its fields', () => {
  const deviceInfo = { devEui: '0004a30b001c0530', applicationName: 'a' };
  const kinds = [
    { margin: 3 },
    { devAddr: '01' },
    { location: { latitude: 1, longitude: 2 } },
    { downlinkId: 7 },
    { level: 'ERROR', code: 'X' },
  ].map((body) => {
    const payload = Buffer.from(JSON.stringify({ time, deviceInfo, ...body }));
    return chirpStack().decode({ topic: '/webhooks/lora', payload })[0]?.kind;
  });
  assert.deepEqual(kinds, ['ok', 'drop', 'ok', 'drop', 'drop']);
});
