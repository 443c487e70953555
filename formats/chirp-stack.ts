/**
 * ChirpStack v4, JSON marshaler (https://www.chirpstack.io/docs/chirpstack/integrations/events.html), by MQTT at
 * `application/<id>/device/<DevEUI>/event/<event>` or by HTTP. What is 0 or false may be left out there.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import type { Position } from '../core/reading.ts';
import { isObject, noValues } from './device/device-fields.ts';
import { noneKnown } from './device/none-known.ts';
import { present } from './device/present.ts';
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
 * Events of kind up (what the device sent), status (battery, link margin) and location (a place that a service solved)
 * are readings of the device by its DevEUI; join, ack, txack, log and integration are set aside.
 */
export function chirpStack(options: LoraWanOptions = {}): Format {
  const { reader, described } = loraWanFormat(options);
  return {
    name: 'chirp-stack',
    contentType: 'application/json',
    topics: options.topics ?? ['application/+/device/+/event/+'],
    ...described,
    decode: (input) => decode(input, reader),
  };
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };
const readingEvents = ['up', 'status', 'location'];
const otherEvents = ['join', 'ack', 'txack', 'log', 'integration'];

interface Event {
  readonly name: string;
  readonly root: JsonObject;
  readonly entityId: string;
  readonly ids: LoraWanDeviceIds;
  readonly observedAt: number;
  /** An uplink's own id stands in each event that came of it. */
  readonly id: string | undefined;
}

function decode({ topic, payload }: FormatInput, reader: UplinkReader): FormatOutcome[] {
  const parsed = parseJson(payload, { withNumberTexts: reader.payload.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  const { root, numberTexts } = parsed;
  if (!isObject(root)) return [noneKnown(root, '$')];
  const name = /\/event\/(\w+)$/.exec(topic)?.[1] ?? eventByShape(root);
  if (name !== undefined && otherEvents.includes(name)) return [aside];
  if (name === undefined || !readingEvents.includes(name))
    return [
      deadLetter(
        'topic-mismatch',
        `Expected an event of ChirpStack (${[...readingEvents, ...otherEvents].join(', ')}), by its topic or its fields; came ${topic}.`,
      ),
    ];
  const event = eventOf(name, root);
  if ('kind' in event) return [event];
  if (name === 'up') return uplinkOutcomes(toUplink(event, numberTexts), reader);
  return [name === 'status' ? statusOutcome(event, reader) : locationOutcome(event, reader)];
}

/** By HTTP the event's kind stands in the query, which a format doesn't see. */
function eventByShape(root: JsonObject): string | undefined {
  const marks: readonly (readonly [event: string, names: readonly string[]])[] = [
    ['up', ['rxInfo', 'txInfo', 'fPort', 'data', 'object']],
    ['status', ['margin', 'batteryLevel', 'externalPowerSource', 'batteryLevelUnavailable']],
    ['location', ['location']],
    ['txack', ['downlinkId']],
    ['ack', ['acknowledged', 'queueItemId']],
    ['log', ['level', 'code', 'description']],
    ['integration', ['integrationName']],
    ['join', ['devAddr']],
  ];
  return marks.find(([, names]) => names.some((name) => Object.hasOwn(root, name)))?.[0];
}

function eventOf(name: string, root: JsonObject): Event | DeadLetterOutcome {
  const info = objectAt(root, 'deviceInfo');
  const devEui = textAt(info, 'devEui')?.toLowerCase();
  if (devEui === undefined)
    return deadLetter(
      'entity-invalid',
      'Expected the DevEUI at deviceInfo.devEui; nothing is there.',
      '$.deviceInfo.devEui',
    );
  const observedAt = timeAt([[root, 'time', '$.time']]);
  if (typeof observedAt !== 'number') return observedAt;
  const uplinkId = textAt(root, 'deduplicationId');
  const ids = {
    devEui,
    name: textAt(info, 'deviceName') ?? devEui,
    application: textAt(info, 'applicationName') ?? textAt(info, 'applicationId') ?? '',
    profile: textAt(info, 'deviceProfileName'),
  };
  const id = uplinkId === undefined ? undefined : `${uplinkId}/${name}`;
  return { name, root, entityId: devEui, ids, observedAt, id };
}

function toUplink(event: Event, numberTexts: Part['numberTexts']): Uplink {
  const { root, ids, entityId, observedAt, id } = event;
  const { data: base64, object: decoded } = root;
  const receptions = receptionsOf(root);
  return {
    entityId,
    device: ids,
    observedAt,
    id,
    port: numberAt(root, 'fPort') ?? 0,
    payload: base64 === undefined ? undefined : { base64, place: '$.data' },
    decoded:
      decoded === undefined || decoded === null ? undefined : { value: decoded, place: '$.object' },
    receptions,
    confirmed: root.confirmed === true,
    frame: frameNumbers(root, receptions),
    deviceLocation: null,
    root,
    numberTexts,
  };
}

function receptionsOf(root: JsonObject): Reception[] {
  const all = Array.isArray(root.rxInfo) ? root.rxInfo.filter(isObject) : [];
  const isLora = isObject(objectAt(objectAt(root, 'txInfo'), 'modulation').lora);
  return all.map((heard) => ({
    gateway: textAt(heard, 'gatewayId'),
    rssi: numberAt(heard, 'rssi'),
    snr: numberAt(heard, 'snr') ?? (isLora ? 0 : undefined),
    location: locationAt(heard, 'location'),
  }));
}

function frameNumbers(root: JsonObject, { length: gateways }: readonly Reception[]) {
  const transmission = objectAt(root, 'txInfo');
  const lora = objectAt(objectAt(transmission, 'modulation'), 'lora');
  return {
    gateways,
    spreadingFactor: numberAt(lora, 'spreadingFactor'),
    bandwidth: numberAt(lora, 'bandwidth'),
    dataRate: numberAt(root, 'dr'),
    frequency: numberAt(transmission, 'frequency'),
    frames: numberAt(root, 'fCnt') ?? 0,
  };
}

/** The device's answer to DevStatusReq: 255 of battery (unknown) is left out by the network server. */
function statusOutcome(event: Event, reader: UplinkReader): FormatOutcome {
  const { root } = event;
  const isKnown = root.batteryLevelUnavailable !== true && root.externalPowerSource !== true;
  const battery = isKnown ? numberAt(root, 'batteryLevel') : undefined;
  const numbers = present({ linkMargin: numberAt(root, 'margin') ?? 0, battery });
  const flags = { externalPower: root.externalPowerSource === true };
  return toOutcome(event, reader, { numbers, flags, position: null });
}

function locationOutcome(event: Event, reader: UplinkReader): FormatOutcome {
  const position = solvedLocationAt(event.root, '$.location');
  if ('kind' in position) return position;
  return toOutcome(event, reader, { numbers: {}, flags: {}, position });
}

interface Told {
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly position: Position | null;
}

function toOutcome(event: Event, { entityType }: UplinkReader, told: Told): FormatOutcome {
  const { entityId, observedAt, id, ids } = event;
  const texts = { deviceName: ids.name };
  const tags = present({ application: ids.application, profile: ids.profile });
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, id, ...noValues(), texts, tags, ...told },
  };
}
