/**
 * Tasmota's telemetry (https://tasmota.github.io/docs/MQTT/): `tele/<device>/SENSOR`, `STATE` and `LWT`.
 */
import type { Fault } from '../core/config/fault.ts';
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import { isTimeZone } from '../core/time.ts';
import {
  type DeviceFields,
  describeFields,
  deviceFields,
  isObject,
  noValues,
  type OwnFields,
} from './device/device-fields.ts';
import { noneKnown } from './device/none-known.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, describeJson, type Part } from './json/part.ts';
import { compileTopicTemplate, type TopicTemplate } from './json/topic-template.ts';
import { deviceTime } from './tasmota/device-time.ts';
import { devicePaths, sensorPaths, tasmotaDevice, tasmotaSensor } from './tasmota/models.ts';
import { sensorOutcomes, switchState } from './tasmota/sensor-outcomes.ts';

export { tasmotaDevice, tasmotaSensor } from './tasmota/models.ts';

export interface TasmotaOptions {
  /** Of the devices' clocks, whose times come without it: `Europe/Berlin`, `UTC`, `+01:00` (Tasmota's default). */
  readonly zone: string;
  /** `tasmota-sensor` when absent: one entity for each sensor, `<device>/DHT22`. */
  readonly sensorType?: string;
  /** `tasmota-device` when absent: relays, Wi-Fi and whether it is online. */
  readonly deviceType?: string;
  /** As the devices have it under FullTopic; `%prefix%/%topic%/` when absent. */
  readonly fullTopic?: string;
  /** As the devices have it under Prefix3; `tele` when absent. */
  readonly prefix?: string;
  /** Of sensors, beyond those of `tasmotaSensor`: field -> path in the sensor's object (`@.Temperature2`). */
  readonly fields?: OwnFields;
}

export interface TasmotaContext {
  readonly topic: TopicTemplate | undefined;
  readonly zone: string;
  readonly sensor: DeviceFields;
  readonly device: DeviceFields;
}

/** SENSOR gives one reading for each sensor in it, STATE and LWT one of the device. */
export function tasmota(options: TasmotaOptions): Format {
  const { zone, prefix = 'tele', fullTopic = '%prefix%/%topic%/' } = options;
  const sensor = deviceFields({
    entityType: options.sensorType ?? 'tasmota-sensor',
    model: tasmotaSensor,
    paths: sensorPaths,
    own: options.fields,
  });
  const device = deviceFields({
    entityType: options.deviceType ?? 'tasmota-device',
    model: tasmotaDevice,
    paths: devicePaths,
  });
  const described = describeFields([sensor, device]);
  const { topic, faults } = topicOf(fullTopic, prefix);
  const context: TasmotaContext = { topic, zone, sensor, device };
  return {
    name: 'tasmota',
    contentType: 'application/json',
    topics: ['SENSOR', 'STATE', 'LWT'].flatMap((last) =>
      topic === undefined ? [] : [topic.filter.replace(/\+$/, last)],
    ),
    ...described,
    faults: [...described.faults, ...faults, ...zoneFaults(zone)],
    decode: (input) => decode(input, context),
  };
}

function topicOf(fullTopic: string, prefix: string) {
  const base = fullTopic.endsWith('/') ? fullTopic : `${fullTopic}/`;
  const expected = 'a FullTopic as %prefix%/%topic%/, each of the two once';
  const faults: Fault[] = [{ path: 'fullTopic', expected, came: fullTopic }];
  if (base.split('%topic%').length !== 2 || base.split('%prefix%').length !== 2)
    return { topic: undefined, faults };
  const template = base.replace('%prefix%', prefix).replace('%topic%', '{device}');
  return { topic: compileTopicTemplate(`${template}{kind}`), faults: [] };
}

function zoneFaults(zone: unknown): Fault[] {
  if (typeof zone === 'string' && isTimeZone(zone)) return [];
  const expected = 'a zone of the tz database, as Europe/Helsinki, or an offset, as +01:00';
  return [{ path: 'zone', expected, came: zone === undefined ? 'nothing' : String(zone) }];
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

function decode({ topic, payload }: FormatInput, context: TasmotaContext): FormatOutcome[] {
  const [device, kind] = context.topic?.match(topic) ?? [];
  if (device === undefined || kind === undefined)
    return [
      deadLetter(
        'topic-mismatch',
        `Expected a topic as ${context.topic?.filter}, for SENSOR, STATE or LWT; came ${topic}.`,
      ),
    ];
  if (device === '')
    return [deadLetter('entity-invalid', `Expected a device in the topic; came ${topic}.`)];
  if (kind === 'LWT') return [lastWill(device, payload, context)];
  if (kind !== 'SENSOR' && kind !== 'STATE') return [aside];
  const withNumberTexts = context.sensor.needsNumberTexts || context.device.needsNumberTexts;
  const parsed = parseJson(payload, { withNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  if (!isObject(parsed.root)) return [noneKnown(parsed.root, '$')];
  return kind === 'STATE'
    ? [deviceOutcome(device, parsed, context)]
    : sensorOutcomes(device, parsed, context);
}

function lastWill(
  entityId: string,
  payload: Uint8Array,
  { device: { entityType } }: TasmotaContext,
): FormatOutcome {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  if (text !== 'Online' && text !== 'Offline')
    return deadLetter(
      'type-mismatch',
      `Expected Online or Offline; came ${describeJson({ value: text })}.`,
    );
  const values = { ...noValues(), flags: { online: text === 'Online' } };
  return {
    kind: 'ok',
    observation: { entityType, entityId, ...values, tags: {}, position: null },
  };
}

/** Field -> the name of its relay; a device with one relay calls it POWER. */
const relays = [
  ['on', 'POWER'],
  ['on', 'POWER1'],
  ['on2', 'POWER2'],
  ['on3', 'POWER3'],
  ['on4', 'POWER4'],
] as const;

function deviceOutcome(
  entityId: string,
  { root, numberTexts }: Pick<Part, 'root' | 'numberTexts'>,
  { zone, device }: TasmotaContext,
): FormatOutcome {
  if (!isObject(root)) return noneKnown(root, '$');
  const observedAt = deviceTime(root, zone);
  if (typeof observedAt === 'object') return observedAt;
  const part: Part = { value: root, root, numberTexts, topicTexts: [], place: '$' };
  const values = noValues();
  const found = device.read(part, values);
  if (typeof found === 'object') return found;
  let hasRelay = false;
  for (const [field, name] of relays) {
    const on = switchState(root[name]);
    if (on === undefined) continue;
    values.flags[field] = on;
    hasRelay = true;
  }
  if (found !== 'read' && !hasRelay) return found === 'null' ? aside : noneKnown(root, '$');
  const { entityType } = device;
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, ...values, tags: {}, position: null },
  };
}
