import type { EntityMapping } from './entity-mapping.ts';
import type { Birth } from './session.ts';

/** Field -> the metric that has it. */
type Owners = ReadonlyMap<string, string>;

/**
 * Where every metric is taken, two names may become one field: it is that of the first metric of the birth, so that a
 * field is the same metric in every message of the session.
 */
export class FieldOwners {
  readonly #byMapping = new WeakMap<EntityMapping, WeakMap<Birth, Owners>>();

  /** By the birth that is known, worked out once; empty without one. */
  of(mapping: EntityMapping, birth: Birth | undefined): Owners {
    if (birth === undefined || !mapping.takesAll) return none;
    const ofMapping = this.#byMapping.get(mapping) ?? new WeakMap<Birth, Owners>();
    this.#byMapping.set(mapping, ofMapping);
    const owners = ofMapping.get(birth) ?? ownersOf(mapping, birth);
    ofMapping.set(birth, owners);
    return owners;
  }
}

const none: Owners = new Map();

function ownersOf(mapping: EntityMapping, { byName }: Birth): Owners {
  const owners = new Map<string, string>();
  for (const name of byName.keys()) {
    const field = mapping.fieldOf(name)?.field;
    if (field !== undefined && !owners.has(field)) owners.set(field, name);
  }
  return owners;
}
