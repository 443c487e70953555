/**
 * The Things Stack v3 (https://www.thethingsindustries.com/docs/integrations/data-formats/), by MQTT at
 * `v3/<application>@<tenant>/devices/<device>/up` or by a webhook. Empty fields (0, false) are left out there.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { isObject, noValues } from './device/device-fields.ts';
import { noneKnown } from './device/none-known.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, type Part } from './json/part.ts';
import type { LoraWanDeviceIds } from './lorawan/codec.ts';
import { type LoraWanOptions, loraWanFormat } from './lorawan/options.ts';
import type { Reception } from './lorawan/radio.ts';
import {
  type JsonObject,
  locationAt,
  numberAt,
  objectAt,
  solvedLocationAt,
  textAt,
  timeAt,
} from './lorawan/read-envelope.ts';
import { type Uplink, type UplinkReader, uplinkOutcomes } from './lorawan/uplink.ts';

/**
 * Uplinks are readings of the device by its DevEUI in lower case (without one `<application>/<device id>`), at the time
 * that the network server got them; a solved location is a reading of its place. All else is set aside.
 */
export function theThingsStack(options: LoraWanOptions = {}): Format {
  const { reader, described } = loraWanFormat(options);
  return {
    name: 'the-things-stack',
    contentType: 'application/json',
    topics: options.topics ?? ['v3/+/devices/+/up', 'v3/+/devices/+/location/solved'],
    ...described,
    decode: (input) => decode(input, reader),
  };
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

/** What else an application is told of its devices. */
const otherKinds = [
  'join_accept',
  'downlink_ack',
  'downlink_nack',
  'downlink_sent',
  'downlink_failed',
  'downlink_queued',
  'downlink_queue_invalidated',
  'uplink_normalized',
  'service_data',
  'downlinks',
];

function decode({ payload }: FormatInput, reader: UplinkReader): FormatOutcome[] {
  const parsed = parseJson(payload, { withNumberTexts: reader.payload.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  const { root, numberTexts } = parsed;
  if (!isObject(root)) return [noneKnown(root, '$')];
  const isUplink = isObject(root.uplink_message);
  const isLocation = isObject(root.location_solved);
  if (!isUplink && !isLocation) {
    if (otherKinds.some((kind) => Object.hasOwn(root, kind))) return [aside];
    const came = Object.keys(root).slice(0, 8).join(', ') || 'an empty object';
    return [deadLetter('path-missing', `Expected an object at uplink_message; came ${came}.`, '$')];
  }
  const device = deviceOf(root);
  if ('kind' in device) return [device];
  if (!isUplink) return [locationOutcome(root, device, reader)];
  const uplink = toUplink(root, device, numberTexts);
  return 'kind' in uplink ? [uplink] : uplinkOutcomes(uplink, reader);
}

interface Device {
  readonly entityId: string;
  readonly ids: LoraWanDeviceIds;
}

function deviceOf(root: JsonObject): Device | DeadLetterOutcome {
  const ids = objectAt(root, 'end_device_ids');
  const name = textAt(ids, 'device_id');
  const application = textAt(objectAt(ids, 'application_ids'), 'application_id') ?? '';
  const devEui = textAt(ids, 'dev_eui')?.toLowerCase();
  if (name === undefined && devEui === undefined)
    return deadLetter(
      'entity-invalid',
      'Expected dev_eui or device_id at end_device_ids; came neither.',
      '$.end_device_ids',
    );
  const version = objectAt(objectAt(root, 'uplink_message'), 'version_ids');
  const model = [textAt(version, 'brand_id'), textAt(version, 'model_id')];
  const profile = model.every((part) => part !== undefined) ? model.join('/') : undefined;
  const entityId = devEui ?? `${application}/${name}`;
  return { entityId, ids: { devEui, name: name ?? entityId, application, profile } };
}

function toUplink(
  root: JsonObject,
  { entityId, ids }: Device,
  numberTexts: Part['numberTexts'],
): Uplink | DeadLetterOutcome {
  const message = objectAt(root, 'uplink_message');
  const observedAt = timeAt([
    [message, 'received_at', '$.uplink_message.received_at'],
    [root, 'received_at', '$.received_at'],
  ]);
  if (typeof observedAt !== 'number') return observedAt;
  const { frm_payload: base64, decoded_payload: decoded } = message;
  const receptions = receptionsOf(message);
  return {
    entityId,
    device: ids,
    observedAt,
    id: undefined,
    port: numberAt(message, 'f_port') ?? 0,
    payload: base64 === undefined ? undefined : { base64, place: '$.uplink_message.frm_payload' },
    decoded:
      decoded === undefined || decoded === null
        ? undefined
        : { value: decoded, place: '$.uplink_message.decoded_payload' },
    receptions,
    confirmed: message.confirmed === true,
    frame: frameNumbers(message, receptions),
    deviceLocation: deviceLocation(objectAt(message, 'locations')),
    root,
    numberTexts,
  };
}

function receptionsOf(message: JsonObject): Reception[] {
  const all = Array.isArray(message.rx_metadata) ? message.rx_metadata.filter(isObject) : [];
  const isLora = isObject(objectAt(objectAt(message, 'settings'), 'data_rate').lora);
  return all.map((heard) => {
    const forwarder = objectAt(heard, 'packet_broker');
    return {
      gateway:
        textAt(forwarder, 'forwarder_gateway_id') ??
        textAt(objectAt(heard, 'gateway_ids'), 'gateway_id'),
      rssi: numberAt(heard, 'rssi') ?? numberAt(heard, 'channel_rssi'),
      // 0 dB is left out; FSK has none.
      snr: numberAt(heard, 'snr') ?? (isLora ? 0 : undefined),
      location: locationAt(heard, 'location'),
    };
  });
}

function frameNumbers(message: JsonObject, receptions: readonly Reception[]) {
  const settings = objectAt(message, 'settings');
  const lora = objectAt(objectAt(settings, 'data_rate'), 'lora');
  const airtime = /^(\d+(?:\.\d+)?)s$/.exec(textAt(message, 'consumed_airtime') ?? '')?.[1];
  return {
    // One gateway may be there twice, directly and by Packet Broker.
    gateways: new Set(receptions.map(({ gateway }) => gateway?.toLowerCase())).size,
    spreadingFactor: numberAt(lora, 'spreading_factor'),
    bandwidth: numberAt(lora, 'bandwidth'),
    frequency: numberAt(settings, 'frequency'),
    airtime: airtime === undefined ? undefined : Number(airtime),
    frames: numberAt(message, 'f_cnt') ?? 0,
    battery: numberAt(objectAt(message, 'last_battery_percentage'), 'value'),
  };
}

/** What the payload's formatter found, then what a service solved, then what somebody has registered. */
function deviceLocation(locations: JsonObject) {
  const names = Object.keys(locations);
  const inOrder = [
    'frm-payload',
    ...names.filter((name) => name !== 'frm-payload' && name !== 'user'),
    'user',
  ];
  for (const name of inOrder) {
    const location = locationAt(locations, name);
    if (location !== null) return location;
  }
  return null;
}

function locationOutcome(
  root: JsonObject,
  { entityId, ids }: Device,
  { entityType }: UplinkReader,
): FormatOutcome {
  const observedAt = timeAt([[root, 'received_at', '$.received_at']]);
  if (typeof observedAt !== 'number') return observedAt;
  const solved = objectAt(root, 'location_solved');
  const position = solvedLocationAt(solved, '$.location_solved.location');
  if ('kind' in position) return position;
  const { application } = ids;
  return {
    kind: 'ok',
    observation: {
      entityType,
      entityId,
      observedAt,
      ...noValues(),
      tags: { application },
      position,
    },
  };
}
