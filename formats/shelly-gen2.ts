/**
 * Shelly devices of generation 2 and later (https://shelly-api-docs.shelly.cloud/gen2/General/Notifications): RPC
 * notifications at `<prefix>/events/rpc`, a component's status at `<prefix>/status/<component>`, `<prefix>/online`.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { epochMicros } from '../core/time.ts';
import {
  type DeviceFields,
  describeFields,
  deviceFields,
  isObject,
  noValues,
  type OwnFields,
} from './device/device-fields.ts';
import { maxComponents, noneKnown, tooManyComponents } from './device/none-known.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, describeJson, type Part } from './json/part.ts';
import { componentPaths, shellyComponent } from './shelly-gen2/component-model.ts';
import { type ComponentPart, componentParts } from './shelly-gen2/component-parts.ts';

export { shellyComponent } from './shelly-gen2/component-model.ts';

export interface ShellyGen2Options {
  /** `shelly-component` when absent. */
  readonly entityType?: string;
  /** For a topic prefix of several levels; `+/events/rpc`, `+/status/+` and `+/online` when absent. */
  readonly topics?: readonly string[];
  /** Beyond those of `shellyComponent`: field -> path in a component's status (`@.errors[0]`). */
  readonly fields?: OwnFields;
}

type Root = Readonly<Record<string, unknown>>;

/** What a payload's parts have in common. */
interface Context {
  readonly device: string;
  readonly fields: DeviceFields;
  readonly root: Root;
  readonly numberTexts: Part['numberTexts'];
}

/**
 * One reading for each component that tells something: of `<device>/switch:0`, and of `<device>` for what is no
 * numbered component's. The device is the topic's prefix (its own id, unless it was set), at other topics its `src`.
 */
export function shellyGen2(options: ShellyGen2Options = {}): Format {
  const fields = deviceFields({
    entityType: options.entityType ?? 'shelly-component',
    model: shellyComponent,
    paths: componentPaths,
    // As "Notifications" of the Gen2 documentation has it: a key that has no value any more is sent as null.
    null: 'unset',
    own: options.fields,
  });
  return {
    name: 'shelly-gen2',
    contentType: 'application/json',
    topics: options.topics ?? ['+/events/rpc', '+/status/+', '+/online'],
    ...describeFields([fields]),
    decode: (input) => decode(input, fields),
  };
}

const aside: FormatOutcome = { kind: 'drop', reason: 'not-a-reading' };

function decode({ topic, payload }: FormatInput, fields: DeviceFields): FormatOutcome[] {
  const online = /^(.+)\/online$/s.exec(topic)?.[1];
  if (online !== undefined) return [onlineOutcome(online, payload, fields)];
  const parsed = parseJson(payload, { withNumberTexts: fields.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  const { root, numberTexts } = parsed;
  if (!isObject(root)) return [noneKnown(root, '$')];
  const [, device, key] = /^(.+)\/status\/([^/]+)$/s.exec(topic) ?? [];
  if (device !== undefined && key !== undefined) {
    const context = { device, fields, root, numberTexts };
    return componentParts(key, root, '$').map((part) => partOutcome(part, undefined, context));
  }
  return frameOutcomes(topic, { fields, root, numberTexts });
}

function onlineOutcome(
  entityId: string,
  payload: Uint8Array,
  { entityType }: DeviceFields,
): FormatOutcome {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  if (text !== 'true' && text !== 'false')
    return deadLetter(
      'type-mismatch',
      `Expected true or false; came ${describeJson({ value: text })}.`,
    );
  const observation = {
    entityType,
    entityId,
    ...noValues(),
    flags: { online: text === 'true' },
    tags: { device: entityId },
    position: null,
  };
  return { kind: 'ok', observation };
}

/** A frame of the RPC channel: a notification, or an answer to somebody's request. */
function frameOutcomes(topic: string, rest: Omit<Context, 'device'>): FormatOutcome[] {
  const { method, src, params, result, error } = rest.root;
  if (method === undefined && (result !== undefined || error !== undefined)) return [aside];
  const device = /^(.+)\/events\/rpc$/s.exec(topic)?.[1] ?? src;
  if (typeof device !== 'string' || device === '')
    return [
      deadLetter(
        'entity-invalid',
        `Expected the device's id at src; came ${describeJson({ value: src })}.`,
        '$.src',
      ),
    ];
  if (!isObject(params))
    return [
      deadLetter(
        'path-missing',
        `Expected an object at params; came ${params === undefined ? 'nothing' : describeJson({ value: params })}.`,
        '$.params',
      ),
    ];
  const context = { ...rest, device };
  switch (method) {
    case 'NotifyStatus':
    case 'NotifyFullStatus':
      return statusOutcomes(params, context);
    case 'NotifyEvent':
      return eventOutcomes(params, context);
    default:
      return [aside];
  }
}

function statusOutcomes(params: Root, context: Context): FormatOutcome[] {
  const observedAt = timeOf(params.ts, '$.params.ts');
  if (typeof observedAt === 'object') return [observedAt];
  const parts = Object.entries(params)
    .filter(([key]) => key !== 'ts')
    .flatMap(([key, value]) => componentParts(key, value, `$.params['${key}']`));
  if (parts.length > maxComponents) return [tooManyComponents(parts.length)];
  return parts.length === 0 ? [aside] : parts.map((part) => partOutcome(part, observedAt, context));
}

/** A component sends what has changed: where that is nothing that a reading has, it is set aside. */
function partOutcome(
  { name, component, value, place }: ComponentPart,
  observedAt: number | undefined,
  { device, fields, root, numberTexts }: Context,
): FormatOutcome {
  const part: Part = { value, root, numberTexts, topicTexts: [], place };
  const values = noValues();
  const found = fields.read(part, values);
  if (typeof found === 'object') return found;
  const state = isObject(value) ? value.state : undefined;
  if (typeof state === 'boolean') values.flags.inputOn = state;
  else if (typeof state === 'string') values.texts.state = state;
  const isEmpty = Object.values(values).every((those) => Object.keys(those).length === 0);
  if (isEmpty) return aside;
  const { entityType } = fields;
  const entityId = name === undefined ? device : `${device}/${name}`;
  const tags = name === undefined ? { device } : { device, component };
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, ...values, tags, position: null },
  };
}

/** Of the device's keeping of itself, not of the world. */
const housekeeping = /^(?:config_changed|component_added|component_removed|ota_.*)$/;

/** One outcome for each event: a button was pushed, a script emitted something. */
function eventOutcomes({ events, ts }: Root, { device, fields }: Context): FormatOutcome[] {
  if (!Array.isArray(events) || events.length === 0)
    return [deadLetter('path-missing', 'Expected a list of events.', '$.params.events')];
  if (events.length > maxComponents) return [tooManyComponents(events.length)];
  return events.map((given: unknown, index): FormatOutcome => {
    const place = `$.params.events[${index}]`;
    const event = isObject(given) ? given : {};
    const { component: key, event: name } = event;
    if (typeof key !== 'string' || typeof name !== 'string')
      return deadLetter('type-mismatch', 'Expected an event with its component and name.', place);
    if (housekeeping.test(name)) return aside;
    const observedAt = timeOf(event.ts ?? ts, `${place}.ts`);
    if (typeof observedAt === 'object') return observedAt;
    const [component = key, instance] = key.split(':');
    const isNumbered = instance !== undefined;
    const observation = {
      entityType: fields.entityType,
      entityId: isNumbered ? `${device}/${key}` : device,
      observedAt,
      ...noValues(),
      texts: { event: name },
      tags: isNumbered ? { device, component } : { device },
      position: null,
    };
    return { kind: 'ok', observation };
  });
}

/** Seconds with a fraction; absent or null while the device's clock is not set. */
function timeOf(ts: unknown, place: string): number | undefined | DeadLetterOutcome {
  if (ts === undefined || ts === null) return undefined;
  const micros = typeof ts === 'number' ? epochMicros(ts, 's') : undefined;
  if (micros !== undefined) return micros;
  return deadLetter(
    'time-invalid',
    `Expected seconds since 1970 at ts; came ${describeJson({ value: ts })}.`,
    place,
  );
}
