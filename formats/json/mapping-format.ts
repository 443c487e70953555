import type { Format, FormatInput, FormatOutcome } from '../../core/format.ts';
import type { FieldKind } from '../../core/model.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { asField, compileMapping, type Mapping, type MappingOptions } from './compile-mapping.ts';
import type { JsonFormatDeclaration } from './declaration.ts';
import { decodeParts } from './decode-parts.ts';
import type { ParsedValue } from './json-text.ts';
import { deadLetter } from './part.ts';

/** Payload bytes -> a value of objects, lists, texts, numbers, true, false and null, as JSON has them. */
export interface Encoding {
  /** Of formats that are not named otherwise. */
  readonly name: string;
  readonly contentType: string;
  /** Never throws. The digits of numbers are kept where they are asked for. */
  readonly parse: (
    payload: Uint8Array,
    options: { readonly withNumberTexts: boolean },
  ) => ParsedValue | DeadLetterOutcome;
  /** How what it has instead of JSON's numbers and kinds is read. */
  readonly options?: Omit<MappingOptions, 'names'>;
}

/** A mapping whose values come in an envelope, which gives further placeholders. */
export interface EnvelopedMapping {
  readonly faults: NonNullable<Format['faults']>;
  readonly needsNumberTexts: boolean;
  /** Of a value that has been parsed with its envelope. */
  decodeValue(parsed: ParsedValue, envelope: Envelope): readonly FormatOutcome[];
  decodeBytes(payload: Uint8Array, envelope: Envelope): readonly FormatOutcome[];
}

export interface Envelope {
  readonly topic: string;
  /** The placeholders' texts, in the order of their names; undefined where this envelope hasn't one. */
  readonly texts: readonly (string | undefined)[];
  /** Normalized path of the value in the payload. */
  readonly place: string;
}

/** A format that is a mapping over an encoding: `json`, `cbor`, `msgpack`, `csv`. */
export interface MappingFormat extends Format {
  readonly encoding: Encoding;
  /** The same mapping for what stands in an envelope that gives these placeholders. */
  inEnvelope(names: readonly string[]): EnvelopedMapping;
}

export const isMappingFormat = (format: Format): format is MappingFormat =>
  'inEnvelope' in format && 'encoding' in format;

/** What is wrong with the mapping itself is in `faults`, and refuses the start. */
export function mappingFormat(
  declaration: JsonFormatDeclaration<string>,
  encoding: Encoding,
): MappingFormat {
  const mapping = compileMapping(declaration, encoding.options);
  return {
    // A declaration in plain JavaScript may be nothing at all: that is in `faults`.
    name: declaration?.name ?? encoding.name,
    contentType: encoding.contentType,
    isMapping: true,
    ...(mapping.topic === undefined ? {} : { topics: [mapping.topic.filter] }),
    ...describeFields(declaration, mapping, encoding.options?.defaultKind),
    faults: mapping.faults,
    decode: ({ topic, payload }: FormatInput) =>
      decodeBytes(mapping, encoding, payload, { topic, texts: [], place: '$' }),
    encoding,
    inEnvelope: (names) => inEnvelope(declaration, encoding, names),
  };
}

function inEnvelope(
  declaration: JsonFormatDeclaration<string>,
  encoding: Encoding,
  names: readonly string[],
): EnvelopedMapping {
  const mapping = compileMapping(declaration, { ...encoding.options, names });
  const { faults, needsNumberTexts } = mapping;
  return {
    faults,
    needsNumberTexts,
    decodeValue: (parsed, envelope) => decodeValue(mapping, parsed, envelope),
    decodeBytes: (payload, envelope) => decodeBytes(mapping, encoding, payload, envelope),
  };
}

function decodeBytes(
  mapping: Mapping,
  encoding: Encoding,
  payload: Uint8Array,
  envelope: Envelope,
): readonly FormatOutcome[] {
  const texts = topicTexts(mapping, envelope.topic);
  if ('kind' in texts) return [texts];
  const parsed = encoding.parse(payload, { withNumberTexts: mapping.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  return decodeParts(mapping, parsed, [...texts, ...envelope.texts], envelope.place);
}

function decodeValue(
  mapping: Mapping,
  parsed: ParsedValue,
  envelope: Envelope,
): readonly FormatOutcome[] {
  const texts = topicTexts(mapping, envelope.topic);
  if ('kind' in texts) return [texts];
  return decodeParts(mapping, parsed, [...texts, ...envelope.texts], envelope.place);
}

function topicTexts(mapping: Mapping, topic: string): readonly string[] | DeadLetterOutcome {
  if (mapping.topic === undefined) return [];
  return (
    mapping.topic.match(topic) ??
    deadLetter('topic-mismatch', `Expected a topic as ${mapping.topic.filter}; came ${topic}.`)
  );
}

/** Of a type that a placeholder gives nothing is known before the first payload. */
export function describeFields(
  declaration: JsonFormatDeclaration<string>,
  mapping: Mapping,
  defaultKind?: FieldKind,
): Pick<Format, 'emits' | 'kinds' | 'units'> {
  const type = mapping.entityType?.constant;
  if (type === undefined) return { emits: {} };
  const { fields, tags = {} } = declaration;
  const units: Record<string, string> = {};
  const kinds: Record<string, FieldKind> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { kind = defaultKind, unit } = asField(field);
    if (unit !== undefined) units[name] = unit;
    if (kind !== undefined || unit !== undefined) kinds[name] = kind ?? 'number';
  }
  for (const name of Object.keys(tags)) kinds[name] = 'tag';
  return {
    emits: { [type]: [...Object.keys(fields), ...Object.keys(tags)] },
    kinds: { [type]: kinds },
    units: { [type]: units },
  };
}
