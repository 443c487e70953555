import type { Fault } from '../../core/config/fault.ts';
import type { ModelDeclaration } from '../../core/config/pipeline.ts';
import type { Format } from '../../core/format.ts';
import type { FieldKind } from '../../core/model.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { compileMapping } from '../json/compile-mapping.ts';
import type { JsonField } from '../json/declaration.ts';
import type { Part } from '../json/part.ts';
import { compileField, type ReadField, type Values } from '../json/read-fields.ts';

/** Fields that a user adds to those a format knows: field -> path, as in the JSON mapping. */
export type OwnFields = Readonly<Record<string, JsonField | string>>;

export interface DeviceFieldsDeclaration {
  readonly entityType: string;
  /** The ready model: kinds and units of the fields that the format knows. */
  readonly model: Pick<ModelDeclaration, 'fields'>;
  /**
   * Field of the model -> where it stands in a part; of several paths the first that leads somewhere. Tags, and what
   * the format decides itself, are not among them.
   */
  readonly paths: Readonly<Record<string, string | readonly string[]>>;
  readonly own?: OwnFields | undefined;
  /** What null means of the format's own fields: that the value is gone. Absent: that nothing is said of it. */
  readonly null?: 'unset';
}

/** What a format knows of one entity type, compiled once. */
export interface DeviceFields {
  readonly entityType: string;
  /** For the check against the models; of several entity types see {@link describeFields}. */
  readonly emits: readonly string[];
  readonly kinds: Readonly<Record<string, FieldKind>>;
  readonly units: Readonly<Record<string, string>>;
  /** What is wrong with the user's own fields. */
  readonly faults: readonly Fault[];
  readonly needsNumberTexts: boolean;
  /** Whether the user says where this field stands. */
  isOwn(name: string): boolean;
  /**
   * Puts the fields of a part into `values`. `read` when there was one at least, `null` when those that were there
   * are null, `nothing` when none is there; else what is wrong with the first bad one.
   */
  read(part: Part, values: Values): ReturnType<ReadField>;
}

/** A field of the user's takes the place of the format's own of that name. */
export function deviceFields(declaration: DeviceFieldsDeclaration): DeviceFields {
  const { entityType, model, paths, own = {} } = declaration;
  const nulls = declaration.null === undefined ? {} : { null: declaration.null };
  const kinds: Record<string, FieldKind> = {};
  const units: Record<string, string> = {};
  for (const [name, field] of Object.entries(model.fields)) {
    if (Object.hasOwn(own, name)) continue;
    kinds[name] = field.kind;
    if (field.kind === 'number' && field.unit !== undefined) units[name] = field.unit;
  }
  const ready = Object.entries(paths)
    .filter(([name]) => !Object.hasOwn(own, name))
    .map(([name, path]) => readyField(name, path, { ...kindOf(kinds[name]), ...nulls }));
  for (const [name, field] of Object.entries(own)) {
    const { kind, unit } = typeof field === 'string' ? { kind: undefined, unit: undefined } : field;
    if (kind !== undefined || unit !== undefined) kinds[name] = kind ?? 'number';
    if (unit !== undefined) units[name] = unit;
  }
  const mapping = compileMapping({ entity: { type: entityType, id: 'any' }, fields: own });
  const all = [...ready, ...mapping.fields];
  return {
    entityType,
    emits: [...new Set([...Object.keys(model.fields), ...Object.keys(own)])],
    kinds,
    units,
    faults: mapping.faults,
    needsNumberTexts: mapping.needsNumberTexts,
    isOwn: (name) => Object.hasOwn(own, name),
    read: (part, values) => readAll(all, part, values),
  };
}

const kindOf = (kind: FieldKind | undefined) =>
  kind === undefined || kind === 'tag' ? {} : { kind };

function readyField(
  name: string,
  paths: string | readonly string[],
  options: Omit<Exclude<OwnFields[string], string>, 'path'>,
): ReadField {
  const all = [paths].flat().map((path) => compileField(name, { path, ...options }));
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return (part, values) => {
    for (const read of all) {
      const outcome = read(part, values);
      if (outcome !== 'nothing') return outcome;
    }
    return 'nothing';
  };
}

function readAll(
  fields: readonly ReadField[],
  part: Part,
  values: Values,
): 'read' | 'null' | 'nothing' | DeadLetterOutcome {
  let found: 'read' | 'null' | 'nothing' = 'nothing';
  for (const read of fields) {
    const outcome = read(part, values);
    if (typeof outcome === 'object') return outcome;
    if (outcome === 'read' || found === 'nothing') found = outcome;
  }
  return found;
}

/** The part of a format that says what it gives. */
export function describeFields(
  all: readonly DeviceFields[],
): Pick<Format, 'emits' | 'kinds' | 'units'> & { readonly faults: readonly Fault[] } {
  const byType = <T>(of: (fields: DeviceFields) => T) =>
    Object.fromEntries(all.map((fields) => [fields.entityType, of(fields)]));
  return {
    emits: byType(({ emits }) => emits),
    kinds: byType(({ kinds }) => kinds),
    units: byType(({ units }) => units),
    faults: all.flatMap(({ faults }) => faults),
  };
}

export const noValues = (): Values => ({ numbers: {}, flags: {}, texts: {}, unset: [] });

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
