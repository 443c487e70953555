import type { Format, FormatInput, FormatOutcome } from '../core/format.ts';
import type { FieldKind } from '../core/model.ts';
import type { DeadLetterOutcome } from '../core/outcome.ts';
import { asField, compileMapping, type Mapping } from './json/compile-mapping.ts';
import type { JsonFormatDeclaration } from './json/declaration.ts';
import { parseJson } from './json/json-text.ts';
import { deadLetter, type Part } from './json/part.ts';
import type { Values } from './json/read-fields.ts';

export type { JsonField, JsonFormatDeclaration, JsonTime } from './json/declaration.ts';

/**
 * JSON payloads by a declared mapping: which path becomes which field. The table of what it takes is in
 * formats/README.md. What is wrong with the mapping itself is in `faults`, and refuses the start.
 */
export function json<const Topic extends string = never>(
  declaration: JsonFormatDeclaration<Topic>,
): Format {
  const mapping = compileMapping(declaration);
  return {
    // A declaration in plain JavaScript may be nothing at all: that is in `faults`.
    name: declaration?.name ?? 'json',
    contentType: 'application/json',
    ...(mapping.topic === undefined ? {} : { topics: [mapping.topic.filter] }),
    ...describeFields(declaration, mapping),
    faults: mapping.faults,
    decode: (input) => decode(mapping, input),
  };
}

/** Of a type that a placeholder gives nothing is known before the first payload. */
function describeFields(
  declaration: JsonFormatDeclaration<string>,
  mapping: Mapping,
): Pick<Format, 'emits' | 'kinds' | 'units'> {
  const type = mapping.entityType?.constant;
  if (type === undefined) return { emits: {} };
  const { fields, tags = {} } = declaration;
  const units: Record<string, string> = {};
  const kinds: Record<string, FieldKind> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { kind, unit } = asField(field);
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

function decode(mapping: Mapping, { topic, payload }: FormatInput): readonly FormatOutcome[] {
  const topicTexts = mapping.topic === undefined ? [] : mapping.topic.match(topic);
  if (topicTexts === undefined)
    return [
      deadLetter('topic-mismatch', `Expected a topic as ${mapping.topic?.filter}; came ${topic}.`),
    ];
  const parsed = parseJson(payload, { withNumberTexts: mapping.needsNumberTexts });
  if (parsed.kind === 'deadLetter') return [parsed];
  const { root, numberTexts } = parsed;
  const whole: Part = { value: root, root, numberTexts, topicTexts, place: '$' };
  try {
    if (mapping.each === undefined) return [decodePart(mapping, whole)];
    const parts = mapping.each.findAll(root);
    if (parts.length > 0)
      return parts.map(({ value, place }) => decodePart(mapping, { ...whole, value, place }));
    if (mapping.each.reachesInto(root)) return [{ kind: 'drop', reason: 'not-a-reading' }];
    const { text } = mapping.each;
    return [deadLetter('path-missing', `Expected parts at ${text}; nothing is there.`, text)];
  } catch (error) {
    // The path library has limits of its own, on depth for one.
    return [deadLetter('decoder-threw', `The JSON mapping could not be applied: ${error}.`)];
  }
}

/** The reading of one part, or why there is none. */
function decodePart(mapping: Mapping, part: Part): FormatOutcome {
  if (!mapping.when.every((isWanted) => isWanted(part)))
    return { kind: 'drop', reason: 'not-a-reading' };
  const entityType = entityText(mapping.entityType?.fill(part), 'type', part);
  if (typeof entityType === 'object') return entityType;
  const entityId = entityText(mapping.entityId?.fill(part), 'id', part);
  if (typeof entityId === 'object') return entityId;
  const observedAt = mapping.time?.(part);
  if (typeof observedAt === 'object') return observedAt;
  const id = mapping.id?.(part);
  if (typeof id === 'object') return id;
  const position = mapping.position?.(part) ?? null;
  if (position !== null && 'kind' in position) return position;
  const values: Values = { numbers: {}, flags: {}, texts: {}, unset: [] };
  const fault = readFields(mapping, part, { values, hasPosition: position !== null });
  if (fault !== undefined) return fault;
  const tags: Record<string, string> = {};
  for (const [name, fill] of mapping.tags) {
    const text = fill(part);
    if (typeof text === 'object') return text;
    if (text !== undefined) tags[name] = text;
  }
  return {
    kind: 'ok',
    observation: { entityType, entityId, observedAt, id, ...values, tags, position },
  };
}

function entityText(
  text: string | undefined | DeadLetterOutcome,
  what: string,
  part: Part,
): string | DeadLetterOutcome {
  if (text !== undefined && text !== '') return text;
  const came = text === undefined ? 'nothing is there' : 'it is empty';
  return deadLetter('entity-invalid', `Expected the entity's ${what}; ${came}.`, part.place);
}

/** Undefined when there is something to keep. */
function readFields(
  mapping: Mapping,
  part: Part,
  { values, hasPosition }: { values: Values; hasPosition: boolean },
): FormatOutcome | undefined {
  let hasValue = hasPosition || mapping.fields.length === 0;
  let hasNull = false;
  for (const read of mapping.fields) {
    const outcome = read(part, values);
    if (typeof outcome === 'object') return outcome;
    hasValue ||= outcome === 'read';
    hasNull ||= outcome === 'null';
  }
  if (hasValue) return undefined;
  if (hasNull) return { kind: 'drop', reason: 'not-a-reading' };
  return deadLetter(
    'path-missing',
    'Expected at least one of the declared fields; none is there.',
    part.place,
  );
}
