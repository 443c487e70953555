/**
 * Zigbee2MQTT, JSON output (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html).
 *
 * Topics: `<base>/<friendly name>` (a name may hold slashes), `<name>/availability`, `bridge/state`; what goes to
 * devices (`/set`, `/get`) and what else the bridge tells is no reading.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { epochMicros, parseRfc3339 } from '../core/time.ts';
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
import type { Values } from './json/read-fields.ts';
import { zigbee2mqttDevice, zigbeePaths } from './zigbee2mqtt/device-model.ts';

export { zigbee2mqttDevice } from './zigbee2mqtt/device-model.ts';

export interface Zigbee2mqttOptions {
  /** `zigbee-device` when absent. */
  readonly entityType?: string;
  /** As the bridge has it under `mqtt.base_topic`; `zigbee2mqtt` when absent. */
  readonly baseTopic?: string;
  /** Beyond those of `zigbee2mqttDevice`: field -> path in the device's payload, as in the JSON mapping. */
  readonly fields?: OwnFields;
}

interface Context {
  readonly entityType: string;
  readonly baseTopic: string;
  readonly fields: DeviceFields;
}

/**
 * One reading a device's payload, of the device by its friendly name; its time is `last_seen`, where the bridge is set
 * to give it, else that of arrival.
 */
export function zigbee2mqtt(options: Zigbee2mqttOptions = {}): Format {
  const { entityType = 'zigbee-device', baseTopic = 'zigbee2mqtt' } = options;
  const fields = deviceFields({
    entityType,
    model: zigbee2mqttDevice,
    paths: zigbeePaths,
    own: options.fields,
  });
  const context = { entityType, baseTopic, fields };
  return {
    name: 'zigbee2mqtt',
    contentType: 'application/json',
    topics: [`${baseTopic}/#`],
    ...describeFields([fields]),
    decode: (input) => [decode(input, context)],
  };
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

function decode(input: FormatInput, context: Context): FormatOutcome {
  const { topic, payload } = input;
  const { baseTopic } = context;
  if (!topic.startsWith(`${baseTopic}/`) || topic === `${baseTopic}/`)
    return deadLetter('topic-mismatch', `Expected ${baseTopic}/ and a device; came ${topic}.`);
  const rest = topic.slice(baseTopic.length + 1);
  if (rest === 'bridge/state') return availability('bridge', payload, context);
  const isOfBridge = rest === 'bridge' || rest.startsWith('bridge/');
  if (isOfBridge || /\/(?:set|get)(?:\/|$)/.test(rest)) return aside;
  // A device that was removed: its retained payload is cleared.
  if (payload.length === 0) return aside;
  const device = /^(.+)\/availability$/s.exec(rest)?.[1];
  if (device !== undefined) return availability(device, payload, context);
  return deviceState(rest, payload, context);
}

/** `online` or `offline`, bare or as `{"state": "online"}`. */
function availability(
  entityId: string,
  payload: Uint8Array,
  { entityType }: Context,
): FormatOutcome {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  const state = /^(?:\{\s*"state"\s*:\s*"(online|offline)"\s*\}|(online|offline))\s*$/.exec(text);
  if (state === null)
    return deadLetter(
      'type-mismatch',
      `Expected online or offline; came ${describeJson({ value: text })}.`,
    );
  const values = { ...noValues(), flags: { available: (state[1] ?? state[2]) === 'online' } };
  return {
    kind: 'ok',
    observation: { entityType, entityId, ...values, tags: {}, position: null },
  };
}

function deviceState(entityId: string, payload: Uint8Array, context: Context): FormatOutcome {
  const { entityType, fields } = context;
  const parsed = parseJson(payload, { withNumberTexts: fields.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return parsed;
  const { root, numberTexts } = parsed;
  if (!isObject(root)) return noneKnown(root, '$');
  const observedAt = lastSeen(root.last_seen);
  if (typeof observedAt === 'object') return observedAt;
  const part: Part = { value: root, root, numberTexts, topicTexts: [], place: '$' };
  const values = noValues();
  const found = fields.read(part, values);
  if (typeof found === 'object') return found;
  // A button lets go of its action with an empty one.
  if (values.texts.action === '') delete values.texts.action;
  const voltage = readVoltage(root, values, fields);
  if (typeof voltage === 'object') return voltage;
  const { numbers, flags, texts, unset } = values;
  const isEmpty =
    Object.keys(numbers).length + Object.keys(flags).length + Object.keys(texts).length === 0 &&
    unset.length === 0;
  if (isEmpty) return found === 'nothing' && voltage === 'nothing' ? noneKnown(root, '$') : aside;
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, ...values, tags: {}, position: null },
  };
}

/** ISO 8601 with an offset, or milliseconds, as `advanced.last_seen` of the bridge says; absent by default. */
function lastSeen(value: unknown): number | undefined | DeadLetterOutcome {
  if (value === undefined || value === null) return undefined;
  const micros =
    typeof value === 'number'
      ? epochMicros(value, 'ms')
      : typeof value === 'string'
        ? parseRfc3339(value)
        : undefined;
  if (micros !== undefined) return micros;
  return deadLetter(
    'time-invalid',
    `Expected a time as 2024-02-13T16:32:59Z or milliseconds since 1970 at last_seen; came ${describeJson({ value })}.`,
    '$.last_seen',
  );
}

/** `voltage` is mV of a battery and V of the mains, under one name: what else the device tells says which. */
function readVoltage(
  { voltage, ...rest }: Readonly<Record<string, unknown>>,
  values: Values,
  { isOwn }: DeviceFields,
): 'read' | 'nothing' | DeadLetterOutcome {
  const isMains = 'power' in rest || 'current' in rest || 'energy' in rest;
  const field = isMains ? 'voltage' : 'battery' in rest ? 'batteryVoltage' : undefined;
  if (field === undefined || isOwn(field) || voltage === undefined) return 'nothing';
  if (voltage === null) return 'read';
  if (typeof voltage !== 'number' || !Number.isFinite(voltage))
    return deadLetter(
      typeof voltage === 'number' ? 'number-not-finite' : 'type-mismatch',
      `Expected a finite number at voltage; came ${describeJson({ value: voltage })}.`,
      '$.voltage',
    );
  values.numbers[field] = voltage;
  return 'read';
}
