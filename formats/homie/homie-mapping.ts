import type { Format } from '../../core/format.ts';
import type { FieldKind } from '../../core/model.ts';
import { fieldName } from '../device/field-name.ts';
import type { HomieField, HomieOptions } from './declaration.ts';

/** The field that a property becomes. */
export interface MappedProperty {
  readonly field: string;
  /** Undefined: by the property's `$datatype`. */
  readonly kind: Exclude<FieldKind, 'tag'> | undefined;
  readonly unit: string | undefined;
}

export interface HomieMapping extends Pick<Format, 'emits' | 'kinds' | 'units'> {
  readonly entityType: string;
  readonly online: string | undefined;
  readonly state: string | undefined;
  /** Each node is an entity, and what holds of a device holds of all of its nodes. */
  readonly isByNode: boolean;
  /** Every property is taken, under a name made of its own. */
  readonly takesAll: boolean;
  entityId(device: string, node: string): string;
  /** Undefined for a property that is not wanted. */
  fieldOf(node: string, property: string): MappedProperty | undefined;
}

/** A declaration without faults, compiled. */
export function compileHomieMapping(options: HomieOptions): HomieMapping {
  const { entity = {}, fields, state } = options;
  const { type: entityType = 'homie-device', id = '{device}' } = entity;
  const online = options.online === false ? undefined : (options.online ?? 'online');
  const isByNode = id.includes('{node}');
  const declared = Object.entries(fields ?? {}).map(([field, given]) => ({
    field,
    ...asField(given),
  }));
  const kinds: Record<string, FieldKind> = {};
  const units: Record<string, string> = {};
  for (const { field, kind, unit } of declared) {
    if (unit !== undefined) units[field] = unit;
    if (kind !== undefined || unit !== undefined) kinds[field] = kind ?? 'number';
  }
  if (online !== undefined) kinds[online] = 'flag';
  if (state !== undefined) kinds[state] = 'text';
  const own = [online, state].filter((field) => field !== undefined);
  return {
    entityType,
    online,
    state,
    isByNode,
    takesAll: fields === undefined,
    emits: { [entityType]: [...own, ...Object.keys(fields ?? {})] },
    kinds: { [entityType]: kinds },
    units: { [entityType]: units },
    entityId: (device, node) =>
      id.replace(/\{(device|node)\}/g, (_, name) => (name === 'device' ? device : node)),
    fieldOf: fields === undefined ? everyProperty(isByNode) : someProperties(declared),
  };
}

const asField = (given: string | HomieField): HomieField =>
  typeof given === 'string' ? { property: given } : given;

function someProperties(
  declared: readonly ({ readonly field: string } & HomieField)[],
): HomieMapping['fieldOf'] {
  const byProperty = new Map<string, MappedProperty>();
  for (const { field, property, kind, unit } of declared)
    byProperty.set(property, { field, kind: kind ?? ((unit && 'number') as typeof kind), unit });
  return (node, property) =>
    byProperty.get(`${node}/${property}`) ?? byProperty.get(`+/${property}`);
}

const rememberedNames = 10_000;
const longestName = 256;

/** Under a name made of its own, and of its node's where one entity has several. */
function everyProperty(isByNode: boolean): HomieMapping['fieldOf'] {
  const known = new Map<string, MappedProperty | undefined>();
  return (node, property) => {
    const key = isByNode ? property : `${node}/${property}`;
    if (known.has(key)) return known.get(key);
    const field = fieldName(key);
    const mapped = field === undefined ? undefined : { field, kind: undefined, unit: undefined };
    if (known.size < rememberedNames && key.length <= longestName) known.set(key, mapped);
    return mapped;
  };
}
