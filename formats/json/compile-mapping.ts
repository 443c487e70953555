import { describeValue, type Fault } from '../../core/config/fault.ts';
import type { JsonConstant, JsonField, JsonFormatDeclaration } from './declaration.ts';
import { shapeFaults } from './declaration-schema.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';
import { compilePartPath, type Part } from './part.ts';
import { compileField, type FieldOptions, type ReadField } from './read-fields.ts';
import { compilePosition, type ReadPosition } from './read-position.ts';
import { compileTime, type ReadTime } from './read-time.ts';
import {
  compileTextTemplate,
  type FillTemplate,
  type TextTemplate,
  textAt,
} from './text-template.ts';
import { compileTopicTemplate, type TopicTemplate } from './topic-template.ts';

export type IsWanted = (part: Part) => boolean;

/** A declaration, compiled once. Parts that have faults are undefined; then `faults` says why. */
export interface Mapping {
  readonly topic: TopicTemplate | undefined;
  readonly each: JsonPath | undefined;
  readonly when: readonly IsWanted[];
  readonly entityType: TextTemplate | undefined;
  readonly entityId: TextTemplate | undefined;
  readonly time: ReadTime | undefined;
  readonly fields: readonly ReadField[];
  readonly tags: readonly (readonly [name: string, fill: FillTemplate])[];
  readonly position: ReadPosition | undefined;
  readonly id: FillTemplate | undefined;
  readonly needsNumberTexts: boolean;
  readonly faults: readonly Fault[];
}

export const asField = (field: JsonField | string): JsonField =>
  typeof field === 'string' ? { path: field } : field;

const inert: Omit<Mapping, 'faults'> = {
  topic: undefined,
  each: undefined,
  when: [],
  entityType: undefined,
  entityId: undefined,
  time: undefined,
  fields: [],
  tags: [],
  position: undefined,
  id: undefined,
  needsNumberTexts: false,
};

export interface MappingOptions extends FieldOptions {
  /** Placeholders beside those of the topic: what an envelope gives. */
  readonly names?: readonly string[];
}

/** Never throws: whatever a declaration says wrongly becomes a fault, all of them at once. */
export function compileMapping(
  declaration: JsonFormatDeclaration<string>,
  options: MappingOptions = {},
): Mapping {
  const faults = [...shapeFaults(declaration)];
  try {
    return { ...compileParts(declaration, options, faults), faults };
  } catch (error) {
    // A part that is missing, or no text: its shape has been found wrong before.
    if (faults.length === 0) throw error;
    return { ...inert, faults };
  }
}

function compileParts(
  declaration: JsonFormatDeclaration<string>,
  options: MappingOptions,
  faults: Fault[],
): Omit<Mapping, 'faults'> {
  const attempt = attempter(faults);
  const { each, time, entity, position, id } = declaration;
  const topicText = declaration.topic;
  const topic =
    topicText === undefined
      ? undefined
      : attempt('topic', topicText, () => compileTopicTemplate(topicText));
  const names = [...(topic?.names ?? []), ...(options.names ?? [])];
  const template = (path: string, text: string) =>
    attempt(path, text, () => compileTextTemplate(text, names));
  const fields = Object.entries(declaration.fields).map(([name, field]) =>
    attempt(`fields.${name}`, asField(field).path, () =>
      compileField(name, asField(field), options),
    ),
  );
  const when = Object.entries(declaration.when ?? {}).map(([path, allowed]) =>
    attempt(`when["${path}"]`, path, () => compileCondition(path, allowed)),
  );
  const tags = Object.entries(declaration.tags ?? {}).map(([name, text]) => {
    const fill = template(`tags.${name}`, text)?.fill;
    return fill === undefined ? undefined : ([name, fill] as const);
  });
  return {
    topic,
    each: each === undefined ? undefined : attempt('each', each, () => compileJsonPath(each)),
    when: when.filter((condition) => condition !== undefined),
    entityType: template('entity.type', entity.type),
    entityId: template('entity.id', entity.id),
    time: time === undefined ? undefined : attempt('time.path', time.path, () => compileTime(time)),
    fields: fields.filter((field) => field !== undefined),
    tags: tags.filter((tag) => tag !== undefined),
    position:
      position === undefined
        ? undefined
        : attempt('position', position, () => compilePosition(position, options)),
    id: id === undefined ? undefined : attempt('id', id, () => compileId(id)),
    needsNumberTexts: needsNumberTexts(declaration),
  };
}

/** Compiles a part, or makes a fault of what that throws: a SyntaxError says what is expected. */
function attempter(faults: Fault[]) {
  // A position is compiled as one: which of its paths is missing is known from its shape.
  const isKnown = (path: string) =>
    faults.some(
      (fault) => fault.path === path || (path === 'position' && fault.path.startsWith('position.')),
    );
  return <T>(path: string, came: unknown, compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const expected = /^(a|each) /.test(message) ? message : `a JSONPath (${message})`;
      if (!isKnown(path)) faults.push({ path, expected, came: describeValue(came) });
      return undefined;
    }
  };
}

function compileCondition(path: string, allowed: JsonConstant | readonly JsonConstant[]): IsWanted {
  const compiled = compilePartPath(path);
  const values = new Set<unknown>(Array.isArray(allowed) ? allowed : [allowed]);
  return (part) => {
    const found = compiled.find(part);
    return found !== undefined && found !== 'several' && values.has(found.value);
  };
}

function compileId(id: string): FillTemplate {
  const path = compilePartPath(id);
  return (part) => textAt(path, part);
}

/** Digits beyond a double matter in decimals, in texts and ids, and in nanoseconds. */
function needsNumberTexts({
  fields,
  time,
  id,
  entity,
  tags,
}: JsonFormatDeclaration<string>): boolean {
  const hasPath = (template: string) => /\{[$@]/.test(template);
  return (
    time?.unit === 'ns' ||
    id !== undefined ||
    hasPath(entity.id) ||
    Object.values(tags ?? {}).some(hasPath) ||
    Object.values(fields).some((field) => ['text', 'decimal'].includes(asField(field).kind ?? ''))
  );
}
