import { describeValue, type Fault, oneOf } from '../../core/config/fault.ts';
import { isTimeZone } from '../../core/time.ts';
import type { JsonConstant, JsonField, JsonFormatDeclaration } from './declaration.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';
import { compilePartPath, type Part } from './part.ts';
import { compileField, type ReadField } from './read-fields.ts';
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

/** What a mapping takes. */
export const mappingKeys = [
  'name',
  'topic',
  'each',
  'when',
  'entity',
  'time',
  'fields',
  'tags',
  'position',
  'id',
];
const fieldKeys = ['path', 'kind', 'unit', 'null', 'required'];
const timeUnits = ['s', 'ms', 'us', 'ns', 'rfc3339'];

export const asField = (field: JsonField | string): JsonField =>
  typeof field === 'string' ? { path: field } : field;

/** Never throws for what a declaration of the right shape may say wrongly: that becomes faults, all of them. */
export function compileMapping(declaration: JsonFormatDeclaration<string>): Mapping {
  const faults: Fault[] = [];
  const attempt = <T>(path: string, came: unknown, compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      const expected = error instanceof Error ? error.message : String(error);
      faults.push({
        path,
        expected: /^a /.test(expected) ? expected : `a JSONPath (${expected})`,
        came: describeValue(came),
      });
      return undefined;
    }
  };
  const { each, time, entity, position, id } = declaration;
  checkShape(declaration, faults);
  const topic =
    declaration.topic === undefined ? undefined : compileTopicTemplate(declaration.topic);
  const names = topic?.names ?? [];
  const template = (path: string, text: string) =>
    attempt(path, text, () => compileTextTemplate(text, names));
  const fields = Object.entries(declaration.fields).map(([name, field]) =>
    attempt(`fields.${name}`, asField(field).path, () => compileField(name, asField(field))),
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
        : attempt('position', position, () => compilePosition(position)),
    id: id === undefined ? undefined : attempt('id', id, () => compileId(id)),
    needsNumberTexts: needsNumberTexts(declaration),
    faults,
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

/** What types see in an editor, for configurations in plain JavaScript too. */
function checkShape(declaration: JsonFormatDeclaration<string>, faults: Fault[]): void {
  const checkKeys = (path: string, value: object, known: readonly string[]) => {
    for (const key of Object.keys(value))
      if (!known.includes(key))
        faults.push({
          path: `${path}${key}`,
          expected: oneOf(known, key),
          came: describeValue(Reflect.get(value, key)),
        });
  };
  checkKeys('', declaration, mappingKeys);
  for (const [name, field] of Object.entries(declaration.fields))
    if (typeof field === 'object') checkKeys(`fields.${name}.`, field, fieldKeys);
  checkTimeUnit(declaration, faults);
  const doubled = (declaration.topic?.match(/\{[^{}]*\}/g) ?? []).find(
    (name, index, all) => all.indexOf(name) < index,
  );
  if (doubled !== undefined)
    faults.push({ path: 'topic', expected: 'each placeholder once', came: `${doubled} twice` });
}

function checkTimeUnit({ time }: JsonFormatDeclaration<string>, faults: Fault[]): void {
  if (time === undefined) return;
  const { unit } = time;
  if (typeof unit === 'object' && unit !== null) {
    if (!isTimeZone(unit.local))
      faults.push({
        path: 'time.unit.local',
        expected: 'a zone of the tz database, as Europe/Helsinki',
        came: describeValue(unit.local),
      });
    if (unit.doubled !== undefined && !['earlier', 'later'].includes(unit.doubled))
      faults.push({
        path: 'time.unit.doubled',
        expected: 'earlier or later',
        came: describeValue(unit.doubled),
      });
  } else if (!timeUnits.includes(unit)) {
    faults.push({
      path: 'time.unit',
      expected: `${oneOf(timeUnits, String(unit))}, or { local: 'a zone' }`,
      came: describeValue(unit),
    });
  }
}
