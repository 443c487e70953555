/**
 * HSL's high-frequency positioning, version 2 (https://digitransit.fi/en/developers/apis/5-realtime-api/vehicle-positions/high-frequency-positioning/).
 *
 * Topic: `/hfp/v2/<journey type>/<temporal type>/<event>/<mode>/<operator>/<vehicle>`, and on journeys
 * `/<route>/<direction>/<headsign>/<start>/<next stop>/<geohash...>`. Payload: `{"VP": {...}}`, one event.
 */
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { FieldKind } from '../core/model.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import type { Position } from '../core/reading.ts';
import { parseRfc3339 } from '../core/time.ts';
import { eventFields, type Values } from './hsl-hfp/event-fields.ts';
import { type HslHfpField, hslHfpVehicle } from './hsl-hfp/vehicle-model.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, describeJson } from './json/part.ts';

export { type HslHfpField, hslHfpVehicle } from './hsl-hfp/vehicle-model.ts';

export interface HslHfpOptions {
  /** `vehicle` when absent. */
  readonly entityType?: string;
  /** `/hfp/v2/#` when absent. */
  readonly topics?: readonly string[];
  /** The fields to take, where not all are wanted; the model needs these only. */
  readonly fields?: readonly HslHfpField[];
}

/** Levels of the topic, which begins with a slash. */
const level = { journeyType: 3, mode: 6, operator: 7, vehicle: 8, headsign: 11 } as const;

/**
 * One reading a payload: of the vehicle `<operator>/<vehicle>` as the topic names them (the payload's own `oper` is
 * who runs the journey, and null on deadruns). Every event is a reading, with or without a place; nulls are absences.
 */
export function hslHfp(options: HslHfpOptions = {}): Format {
  const entityType = options.entityType ?? 'vehicle';
  const all = Object.keys(hslHfpVehicle.fields) as HslHfpField[];
  const wanted = new Set(options.fields ?? all);
  const fields = all.filter((name) => wanted.has(name));
  const read = eventFields(wanted);
  return {
    name: 'hsl-hfp',
    contentType: 'application/json',
    topics: options.topics ?? ['/hfp/v2/#'],
    emits: { [entityType]: fields },
    kinds: { [entityType]: Object.fromEntries(fields.map((name) => [name, kindOf(name)])) },
    units: { [entityType]: unitsOf(fields) },
    decode: (input) => [decode(input, { entityType, wanted, read })],
  };
}

const kindOf = (name: HslHfpField): FieldKind => hslHfpVehicle.fields[name].kind;

function unitsOf(names: readonly HslHfpField[]): Record<string, string> {
  const units: Record<string, string> = {};
  for (const name of names) {
    const field = hslHfpVehicle.fields[name];
    if ('unit' in field) units[name] = field.unit;
  }
  return units;
}

interface Wanted {
  readonly entityType: string;
  readonly wanted: ReadonlySet<HslHfpField>;
  readonly read: ReturnType<typeof eventFields>;
}

function decode(
  { topic, payload }: FormatInput,
  { entityType, wanted, read }: Wanted,
): FormatOutcome {
  const levels = topic.split('/');
  const operator = levels[level.operator];
  const vehicle = levels[level.vehicle];
  if (levels[2] !== 'v2' || operator === undefined || vehicle === undefined)
    return deadLetter(
      'topic-mismatch',
      `Expected /hfp/v2/ and six levels or more up to the vehicle; came ${topic}.`,
    );
  if (operator === '' || vehicle === '')
    return deadLetter(
      'entity-invalid',
      `Expected an operator and a vehicle in the topic; came ${topic}.`,
    );
  const parsed = parseJson(payload, { withNumberTexts: false });
  if (parsed.kind === 'deadLetter') return parsed;
  const event = eventOf(parsed.root);
  if (event.kind === 'deadLetter') return event;
  const observedAt = timeOf(event);
  if (typeof observedAt !== 'number') return observedAt;
  const position = positionOf(event);
  if (position !== null && 'kind' in position) return position;
  const values: Values = { numbers: {}, flags: {}, texts: {} };
  const fault = read(event, values);
  if (fault !== undefined) return fault;
  const headsign = levels[level.headsign];
  if (headsign && wanted.has('headsign')) values.texts.headsign = headsign;
  const { numbers, flags, texts } = values;
  return {
    kind: 'ok',
    observation: {
      entityType,
      entityId: `${operator}/${vehicle}`,
      observedAt,
      numbers,
      flags,
      texts,
      tags: tagsOf(levels, operator, wanted),
      position,
      unset: [],
    },
  };
}

function tagsOf(
  levels: readonly string[],
  operator: string,
  wanted: ReadonlySet<HslHfpField>,
): Record<string, string> {
  const tags: Record<string, string> = {};
  const mode = levels[level.mode];
  const journeyType = levels[level.journeyType];
  if (mode && wanted.has('mode')) tags.mode = mode;
  if (journeyType && wanted.has('journeyType')) tags.journeyType = journeyType;
  if (wanted.has('operator')) tags.operator = operator;
  return tags;
}

/** The payload's one event, by its name in capitals: `VP`, `ARR`, `TLR`. */
export interface HfpEvent {
  readonly kind: 'event';
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function eventOf(root: unknown): HfpEvent | DeadLetterOutcome {
  const names =
    typeof root === 'object' && root !== null && !Array.isArray(root) ? Object.keys(root) : [];
  const [name] = names;
  const body =
    name === undefined || names.length > 1 ? undefined : (root as Record<string, unknown>)[name];
  if (name === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) {
    const came =
      names.length > 1 ? `an object with ${names.length} names` : describeJson({ value: root });
    return deadLetter(
      'type-mismatch',
      `Expected an object with one event, as {"VP": {...}}; came ${came}.`,
      '$',
    );
  }
  return { kind: 'event', name, body: body as Record<string, unknown> };
}

function timeOf({ name, body }: HfpEvent): number | DeadLetterOutcome {
  const { tst } = body;
  const place = `$.${name}.tst`;
  if (tst === undefined || tst === null)
    return deadLetter(
      'time-missing',
      `Expected a time at tst; came ${tst === null ? 'null' : 'nothing'}.`,
      place,
    );
  const micros = typeof tst === 'string' ? parseRfc3339(tst) : undefined;
  if (micros !== undefined) return micros;
  const came = describeJson({ value: tst });
  return deadLetter(
    'time-invalid',
    `Expected a time as 2024-02-13T16:32:59.931Z at tst; came ${came}.`,
    place,
  );
}

/** Where there is no fix both degrees are null. */
function positionOf({ name, body: { lat, long } }: HfpEvent): Position | null | DeadLetterOutcome {
  if (lat === undefined || lat === null || long === undefined || long === null) return null;
  if (
    typeof lat === 'number' &&
    typeof long === 'number' &&
    Number.isFinite(lat) &&
    Number.isFinite(long)
  )
    return { lat, lon: long, altitude: null };
  const came = `${describeJson({ value: lat })} and ${describeJson({ value: long })}`;
  return deadLetter(
    'type-mismatch',
    `Expected degrees at lat and long; came ${came}.`,
    `$.${name}.lat`,
  );
}
