import type { z } from 'zod';
import { entityTypePattern } from '../entity-type.ts';
import { conversionFault, expectedUnit, isUnit, unitWarning } from '../units.ts';
import { describeValue, oneOf } from './fault.ts';
import type { FaultList } from './fault-list.ts';
import { hasFieldNameShape, isReservedFieldName, reservedFieldNames } from './field-name.ts';
import type { FieldDeclaration } from './pipeline.ts';
import { fieldSchema, modelSchema } from './pipeline-schema.ts';

/** A model as far as it could be read: fields with faults are names without a declaration. */
export interface CheckedModel {
  readonly fields: ReadonlyMap<string, FieldDeclaration | undefined>;
}

/** Undefined stands for a model whose faults are listed already. */
export type CheckedModels = ReadonlyMap<string, CheckedModel | undefined>;

export function checkModels(
  models: Readonly<Record<string, unknown>>,
  registers: readonly string[],
  list: FaultList,
): CheckedModels {
  const checked = new Map<string, CheckedModel | undefined>();
  if (Object.keys(models).length === 0) list.add(['models'], 'at least one model', models);
  for (const [entityType, declaration] of Object.entries(models)) {
    if (!entityTypePattern.test(entityType))
      list.add(
        ['models', entityType],
        'an entity type of lower-case letters, digits and dashes that begins with a letter',
        entityType,
      );
    checked.set(entityType, checkModel(['models', entityType], declaration, registers, list));
  }
  return checked;
}

function checkModel(
  path: readonly string[],
  declaration: unknown,
  registers: readonly string[],
  list: FaultList,
): CheckedModel | undefined {
  const parsed = list.parse(path, modelSchema, declaration);
  const declared = parsed?.fields ?? fieldsOf(declaration);
  if (declared === undefined) return undefined;
  const fields = new Map<string, FieldDeclaration | undefined>();
  for (const [name, field] of Object.entries(declared))
    fields.set(name, checkField([...path, 'fields'], name, field, list));
  const model = { fields };
  if (parsed === undefined) return model;
  if (parsed.geometry !== undefined && !registers.includes(parsed.geometry))
    list.add(
      [...path, 'geometry'],
      `a register: ${oneOf(registers, parsed.geometry)}`,
      parsed.geometry,
    );
  for (const use of ['colorBy', 'heading'] as const)
    checkNumberField([...path, use], parsed[use], model, list);
  return model;
}

/** The fields of a model that has faults elsewhere: those of its fields are wanted too. */
function fieldsOf(declaration: unknown): Record<string, unknown> | undefined {
  if (typeof declaration !== 'object' || declaration === null || !('fields' in declaration))
    return undefined;
  const { fields } = declaration;
  return typeof fields === 'object' && fields !== null ? { ...fields } : undefined;
}

function checkNumberField(
  path: readonly string[],
  name: string | undefined,
  { fields }: CheckedModel,
  list: FaultList,
): void {
  if (name === undefined) return;
  const numbers = [...fields].filter(([, field]) => field?.kind === 'number').map(([key]) => key);
  if (numbers.includes(name) || (fields.has(name) && fields.get(name) === undefined)) return;
  list.add(path, `a field of kind number: ${oneOf(numbers, name)}`, name);
}

function checkField(
  path: readonly string[],
  name: string,
  declaration: unknown,
  list: FaultList,
): FieldDeclaration | undefined {
  const place = [...path, name];
  if (isReservedFieldName(name))
    list.add(place, `another name, since ${reservedFieldNames.join(', ')} are taken`, name);
  else if (!hasFieldNameShape(name))
    list.add(
      place,
      'a field name of up to 64 letters, digits and underscores that begins with a letter',
      name,
    );
  const field = list.parse(place, fieldSchema, declaration);
  if (field === undefined) return undefined;
  if ('unit' in field) checkUnit([...place, 'unit'], field.unit, list);
  if (field.kind === 'number') checkNumber(place, field, list);
  return field as FieldDeclaration;
}

function checkUnit(path: readonly string[], unit: string | undefined, list: FaultList): void {
  if (unit === undefined) return;
  if (!isUnit(unit)) list.add(path, expectedUnit(unit), unit);
  const warning = unitWarning(unit);
  if (warning !== undefined) list.warn(path, `the unit is ${warning}.`);
}

function checkNumber(
  place: readonly string[],
  field: Extract<z.output<typeof fieldSchema>, { kind: 'number' }>,
  list: FaultList,
): void {
  const { unit, display, min, max } = field;
  if (min !== undefined && max !== undefined && min > max)
    list.add([...place, 'min'], `a number up to max, which is ${describeValue(max)}`, min);
  if (display === undefined) return;
  const path = [...place, 'display'];
  if (unit === undefined) list.add(path, 'a unit beside it to convert from', 'display alone');
  else if (!isUnit(display)) list.add(path, expectedUnit(display), display);
  else if (isUnit(unit) && conversionFault(unit, display) !== undefined)
    list.add(path, `a unit that ${unit} can be converted to`, display);
}
