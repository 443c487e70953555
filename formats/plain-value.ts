import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import { compileMapping, type Mapping } from './json/compile-mapping.ts';
import type { JsonFormatDeclaration } from './json/declaration.ts';
import { decodePart } from './json/decode-parts.ts';
import { describeFields } from './json/mapping-format.ts';
import { toJsonNumber } from './json/number-notation.ts';
import { deadLetter, type Part } from './json/part.ts';
import { payloadText } from './json/payload-text.ts';
import {
  type PlainField,
  type PlainValueDeclaration,
  plainValueFaults,
} from './plain-value/declaration.ts';

export type { PlainField, PlainValueDeclaration } from './plain-value/declaration.ts';

const commonFlags = { on: true, off: false, true: true, false: false };

/**
 * Payloads that are one value as text: `21.5`, `ON`, `open`. The topic says of which entity, and of which field where
 * there are several. Such a payload has no time: its readings get that of their arrival.
 */
export function plainValue<const Topic extends string = never>(
  declaration: PlainValueDeclaration<Topic>,
): Format {
  const shape = plainValueFaults(declaration);
  const { field, fields, flags, absent, decimal, ...common } = declaration ?? {};
  const usable = shape.length === 0 ? fields : {};
  const compile = (fields: Readonly<Record<string, PlainField>>) =>
    compileMapping(asMapping(common, fields), {
      toJsonNumber: (text) => toJsonNumber(text, decimal),
    });
  const whole = compile(usable);
  const choice = compileChoice(common, field);
  const value: PlainValue = {
    whole,
    choose: choice.mapping.tags[0]?.[1],
    fields: new Map(
      Object.entries(usable).map(([name, field]) => [
        field.of ?? name,
        { mapping: compile({ [name]: field }), kind: field.kind ?? (field.unit && 'number') },
      ]),
    ),
    flags: new Map(
      Object.entries({ ...commonFlags, ...flags }).map(([text, flag]) => [
        text.toLowerCase(),
        flag,
      ]),
    ),
    absent: new Set(absent),
    decimal,
  };
  return {
    name: declaration?.name ?? 'plain-value',
    contentType: 'text/plain',
    isMapping: true,
    ...(whole.topic === undefined ? {} : { topics: [whole.topic.filter] }),
    ...describeFields(asMapping(common, usable), whole),
    faults: shape.length > 0 ? shape : [...whole.faults, ...choice.faults],
    decode: (input) => [decode(value, input)],
  };
}

type Common = Pick<JsonFormatDeclaration<string>, 'name' | 'topic' | 'entity' | 'tags'>;

/** The payload is the value at `$`. */
function asMapping(
  common: Common,
  fields: Readonly<Record<string, PlainField>>,
): JsonFormatDeclaration<string> {
  const entries = Object.entries(fields).map(([name, { kind, unit }]) => [
    name,
    { path: '$', ...(kind && { kind }), ...(unit && { unit }) },
  ]);
  return { ...common, fields: Object.fromEntries(entries) };
}

/** `field` is a text with placeholders, as tags are. */
function compileChoice(common: Common, field: string | undefined) {
  const tags = field === undefined ? {} : { field };
  const mapping = compileMapping({ ...common, tags, fields: {} });
  const faults = mapping.faults
    .filter(({ path }) => path === 'tags.field')
    .map((fault) => ({ ...fault, path: 'field' }));
  return { mapping, faults };
}

interface OneField {
  readonly mapping: Mapping;
  readonly kind: PlainField['kind'] | '';
}

interface PlainValue {
  /** Over all fields; of it the topic. */
  readonly whole: Mapping;
  /** Which field a topic is of; undefined where there is one. */
  readonly choose: Mapping['tags'][number][1] | undefined;
  readonly fields: ReadonlyMap<string, OneField>;
  readonly flags: ReadonlyMap<string, boolean>;
  readonly absent: ReadonlySet<string>;
  readonly decimal: '.' | ',' | undefined;
}

function decode(plain: PlainValue, { topic, payload }: FormatInput): FormatOutcome {
  const { whole, choose, fields, absent } = plain;
  const topicTexts = whole.topic === undefined ? [] : whole.topic.match(topic);
  if (topicTexts === undefined)
    return deadLetter(
      'topic-mismatch',
      `Expected a topic as ${whole.topic?.filter}; came ${topic}.`,
    );
  const isNothing = payload.length === 0 && absent.has('');
  const text = isNothing ? '' : payloadText(payload, 'a value as text');
  if (typeof text !== 'string') return text;
  if (absent.has(text.trim())) return { kind: 'drop', reason: 'not-a-reading' };
  const part: Part = { value: null, root: null, numberTexts: undefined, topicTexts, place: '$' };
  const chosen = choose?.(part);
  const field = choose === undefined ? [...fields.values()][0] : fields.get(`${chosen}`);
  // The topic is of a field that nobody wants.
  if (field === undefined) return { kind: 'drop', reason: 'not-a-reading' };
  const value = typedValue(text, field.kind, plain);
  return decodePart(field.mapping, { ...part, value, root: value });
}

/** Of the field's kind, or by what it looks like where none is declared. */
function typedValue(text: string, kind: OneField['kind'], plain: PlainValue): unknown {
  if (kind === 'text') return text;
  const trimmed = text.trim();
  if (kind === 'number' || kind === 'decimal') return trimmed;
  const flag = plain.flags.get(trimmed.toLowerCase());
  if (flag !== undefined) return flag;
  if (kind === 'flag') return trimmed === '1' ? true : trimmed === '0' ? false : text;
  const number = toJsonNumber(trimmed, plain.decimal);
  return number === undefined ? text : Number(number);
}
