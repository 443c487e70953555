import { describeValue, type Fault } from '../core/config/fault.ts';
import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { epochMicros } from '../core/time.ts';
import { parseCbor } from './cbor/parse-cbor.ts';
import { compileMapping, type Mapping } from './json/compile-mapping.ts';
import { decodePart, maxParts, tooManyParts } from './json/decode-parts.ts';
import { parseJson } from './json/json-text.ts';
import { describeFields } from './json/mapping-format.ts';
import { deadLetter } from './json/part.ts';
import { type SenmlDeclaration, senmlFaults } from './senml/declaration.ts';
import { compileFieldReader } from './senml/field-reader.ts';
import { type Group, type Grouping, groupRecords } from './senml/group-records.ts';
import { compileNames, type Names } from './senml/names.ts';
import { resolve } from './senml/resolve.ts';

export type { SenmlDeclaration, SenmlField } from './senml/declaration.ts';

/**
 * SenML (RFC 8428), in JSON or CBOR: all records of an entity at one time are one reading, and a part. Base fields are
 * resolved; units become those that the fields declare; records with the units `lat` and `lon` are the position. A
 * time that is relative to now counts from the arrival.
 */
export function senml<const Topic extends string = never>(
  declaration: SenmlDeclaration<Topic>,
): Format {
  const shape = senmlFaults(declaration);
  const usable: SenmlDeclaration<string> =
    shape.length === 0 ? declaration : { entity: { type: '-', id: '-' }, fields: {} };
  const { topic, entity, tags = {}, fields, ignore = [] } = usable;
  const { names, faults } = tryNames(usable.names);
  const mapping = compileMapping(
    { ...(topic === undefined ? {} : { topic }), entity, tags, fields: {} },
    { names: names.placeholders },
  );
  const hasFieldNames = names.placeholders.includes('field');
  const pack: Pack = {
    mapping,
    names,
    fields: Object.entries(fields).map(([name, field]) =>
      compileFieldReader(name, field, hasFieldNames),
    ),
    ignored: new Set(ignore),
    usesField: [entity.type, entity.id, ...Object.values(tags)].some((text) =>
      text.includes('{field}'),
    ),
    needsDigits: Object.values(fields).some(({ kind }) => kind === 'decimal' || kind === 'text'),
  };
  return {
    name: declaration?.name ?? 'senml',
    contentType: 'application/senml+json',
    isMapping: true,
    ...(mapping.topic === undefined ? {} : { topics: [mapping.topic.filter] }),
    ...(shape.length === 0 ? describe(usable, mapping) : { emits: {} }),
    faults: shape.length > 0 ? shape : [...faults, ...mapping.faults],
    decode: (input) => decode(pack, input),
  };
}

function tryNames(template: string | undefined): { names: Names; faults: readonly Fault[] } {
  try {
    return { names: compileNames(template), faults: [] };
  } catch (error) {
    const expected = error instanceof Error ? error.message : String(error);
    return {
      names: compileNames(undefined),
      faults: [{ path: 'names', expected, came: describeValue(template) }],
    };
  }
}

/** Kinds and units as a mapping's. */
function describe({ entity, fields, tags = {} }: SenmlDeclaration<string>, mapping: Mapping) {
  const described = Object.entries(fields).map(([name, { kind, unit }]) => [
    name,
    { path: '$', ...(kind && { kind }), ...(unit && { unit }) },
  ]);
  return describeFields({ entity, tags, fields: Object.fromEntries(described) }, mapping);
}

interface Pack extends Grouping {
  readonly mapping: Mapping;
  readonly needsDigits: boolean;
}

function decode(pack: Pack, { topic, payload }: FormatInput): readonly FormatOutcome[] {
  const { mapping } = pack;
  const topicTexts = mapping.topic === undefined ? [] : mapping.topic.match(topic);
  if (topicTexts === undefined)
    return [
      deadLetter('topic-mismatch', `Expected a topic as ${mapping.topic?.filter}; came ${topic}.`),
    ];
  // A list in CBOR begins with these, and no JSON does.
  const isCbor = payload[0] !== undefined && payload[0] >= 0x80 && payload[0] <= 0x9f;
  const parsed = isCbor
    ? parseCbor(payload)
    : parseJson(payload, { withNumberTexts: pack.needsDigits });
  if (parsed.kind === 'deadLetter') return [parsed];
  if (Array.isArray(parsed.root) && parsed.root.length > maxParts) return [tooManyParts()];
  const records = resolve(parsed.root, { isCbor, numberTexts: parsed.numberTexts });
  if ('kind' in records) return [records];
  if (records.length === 0) return [{ kind: 'drop', reason: 'not-a-reading' }];
  return groupRecords(records, pack).map((part) =>
    'kind' in part ? part : decodeGroup(mapping, part, topicTexts),
  );
}

function decodeGroup(mapping: Mapping, group: Group, topicTexts: readonly string[]): FormatOutcome {
  const { fault, values, place, lat, lon } = group;
  if (fault !== undefined) return fault;
  const time = timeOf(group);
  if ('kind' in time) return time;
  const hasPosition = lat !== undefined && lon !== undefined;
  if (!hasPosition && (lat !== undefined || lon !== undefined))
    return deadLetter(
      'path-missing',
      `Expected latitude and longitude together; ${lat === undefined ? 'latitude' : 'longitude'} is missing.`,
      place,
    );
  if (!group.hasValue && !hasPosition) return noField(group);
  const part = { value: null, root: null, numberTexts: undefined, place };
  const outcome = decodePart(mapping, { ...part, topicTexts: [...topicTexts, ...group.texts] });
  if (outcome.kind !== 'ok') return outcome;
  const observation = { ...outcome.observation, ...time, ...values };
  return {
    kind: 'ok',
    observation: hasPosition
      ? { ...observation, position: { lat, lon, altitude: null } }
      : observation,
  };
}

function noField({ unknown, place }: Group): FormatOutcome {
  // All of them are ignored.
  if (unknown === undefined) return { kind: 'drop', reason: 'not-a-reading' };
  const names = [...new Set(unknown)].slice(0, 5).join(', ');
  return deadLetter(
    'path-missing',
    `Expected at least one of the declared fields; came ${names.slice(0, 200)}.`,
    place,
  );
}

/** RFC 8428, 4.5.3: below 2^28 a time is relative to now. */
const relativeBelow = 2 ** 28;

function timeOf({
  t,
  place,
}: Group): { observedAt?: number; ageMicros?: number } | DeadLetterOutcome {
  if (t === 0) return {};
  if (t < relativeBelow && t > -relativeBelow) return { ageMicros: Math.round(-t * 1e6) };
  const observedAt = epochMicros(t, 's');
  return observedAt === undefined
    ? deadLetter('time-invalid', `Expected seconds since 1970; came ${t}.`, place)
    : { observedAt };
}
