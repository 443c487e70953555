import { nearestName } from './nearest-name.ts';
import { isNothing, withoutSecrets } from './secret-names.ts';

/** One thing that is wrong with a configuration. */
export interface Fault {
  /** Where: `models.bus.fields.speed.unit`, or a setting's name. */
  readonly path: string;
  /** What would be right: `a UCUM code`. */
  readonly expected: string;
  /** What stands there, as people would write it; never a secret. */
  readonly came: string;
}

/** `models.bus.fields.speed.unit: expected a UCUM code; came "kmh".` */
export function faultSentence(fault: Fault): string {
  return `${fault.path}: expected ${fault.expected}; came ${fault.came}.`;
}

/** All faults, one a line, under a heading. */
export function faultList(heading: string, faults: readonly Fault[]): string {
  return [heading, ...faults.map((fault) => `  - ${faultSentence(fault)}`)].join('\n');
}

/** `models.bus.fields["odd name"].unit`. */
export function faultPath(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(String(key))) return `${path}[${JSON.stringify(String(key))}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
}

/** A value as people would write it, cut to a line, without the secrets in it. */
export function describeValue(value: unknown): string {
  if (isNothing(value)) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'number') return String(value);
  if (value instanceof Promise) return 'a Promise';
  let written: string | undefined;
  try {
    written = JSON.stringify(value, withoutSecrets);
  } catch {
    // Circular, or with a bigint in it.
  }
  if (written === undefined) return 'a value that JSON cannot write';
  return written.length > 80 ? `${written.slice(0, 77)}...` : written;
}

/** `one of label, fields (did you mean fields?)`: what to say where a name is not among those known. */
export function oneOf(names: readonly string[], typed?: string): string {
  const nearest = typed === undefined ? undefined : nearestName(typed, names);
  const list =
    names.length === 0 ? 'no name at all, since none is declared' : `one of ${names.join(', ')}`;
  return nearest === undefined ? list : `${list} (did you mean ${nearest}?)`;
}
