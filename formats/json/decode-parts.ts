import type { FormatOutcome } from '../../core/format.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Mapping } from './compile-mapping.ts';
import type { ParsedValue } from './json-text.ts';
import { deadLetter, type Part } from './part.ts';
import type { Values } from './read-fields.ts';

/** Most readings that one payload may hold: each costs a microsecond or two, and a payload must not hold up others. */
export const maxParts = 20_000;

/** One that has more, as a whole; nothing of it is lost, and its sender can send it in pieces. */
export const tooManyParts = (most = maxParts) =>
  deadLetter(
    'payload-too-large',
    `The payload has more than ${most} parts, which is the most that is decoded.`,
  );

/** The mapping over a parsed value: an outcome for each part. `texts` are those of the placeholders. */
export function decodeParts(
  mapping: Mapping,
  { root, numberTexts }: ParsedValue,
  texts: readonly (string | undefined)[],
  place = '$',
): readonly FormatOutcome[] {
  const whole: Part = { value: root, root, numberTexts, topicTexts: texts, place };
  try {
    if (mapping.each === undefined) return [decodePart(mapping, whole)];
    const parts = mapping.each.findAll(root);
    if (parts.length > maxParts) return [tooManyParts()];
    if (parts.length > 0)
      return parts.map((found) =>
        decodePart(mapping, {
          ...whole,
          value: found.value,
          place: place === '$' ? found.place : place + found.place.slice(1),
        }),
      );
    if (mapping.each.reachesInto(root)) return [{ kind: 'drop', reason: 'not-a-reading' }];
    const { text } = mapping.each;
    return [deadLetter('path-missing', `Expected parts at ${text}; nothing is there.`, text)];
  } catch (error) {
    // The path library has limits of its own, on depth for one.
    return [deadLetter('decoder-threw', `The mapping could not be applied: ${error}.`)];
  }
}

/** The reading of one part, or why there is none. */
export function decodePart(mapping: Mapping, part: Part): FormatOutcome {
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
