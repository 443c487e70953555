/** A value that stands at one place in the parts of the samples: a candidate for a field, a time, an id. */
export interface Leaf {
  /** JSONPath, from `$`. */
  readonly path: string;
  readonly keys: readonly string[];
  /** In the part that `each` gives; else once for all of them, in the payload. */
  readonly isInPart: boolean;
  /** Of the parts that have it, nulls left out. */
  readonly values: readonly (string | number | boolean)[];
  readonly nulls: number;
  /** How many parts there are in all. */
  readonly parts: number;
}

export interface Part {
  readonly value: unknown;
  readonly root: unknown;
}

const maxDepth = 6;
const maxLeaves = 500;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `$.a.b`, or `$["a b"]` where a name is no plain word. */
export function toPath(keys: readonly string[]): string {
  return keys.reduce(
    (path, key) =>
      /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
    '$',
  );
}

/** Every plain value in the parts, and in the payloads around them (without the list that holds the parts). */
export function findLeaves(
  parts: readonly Part[],
  eachKeys: readonly string[] | undefined,
): Leaf[] {
  const found = new Map<string, { leaf: Omit<Leaf, 'values'>; values: Leaf['values'][number][] }>();
  const note = (keys: readonly string[], value: unknown, isInPart: boolean) => {
    const path = toPath(keys);
    const known = found.get(path);
    // What stands in the part hides the same path of the payload.
    if (known !== undefined && known.leaf.isInPart !== isInPart) return;
    if (known === undefined && found.size >= maxLeaves) return;
    const entry = known ?? {
      leaf: { path, keys, isInPart, nulls: 0, parts: parts.length },
      values: [],
    };
    if (value === null) entry.leaf = { ...entry.leaf, nulls: entry.leaf.nulls + 1 };
    else entry.values.push(value as Leaf['values'][number]);
    found.set(path, entry);
  };
  for (const { value } of parts) walk(value, [], (keys, leaf) => note(keys, leaf, true));
  if (eachKeys !== undefined)
    for (const { root } of parts)
      walk(root, [], (keys, leaf) => note(keys, leaf, false), toPath(eachKeys));
  return [...found.values()].map(({ leaf, values }) => ({ ...leaf, values }));
}

function walk(
  value: unknown,
  keys: readonly string[],
  note: (keys: readonly string[], leaf: unknown) => void,
  except?: string,
): void {
  if (keys.length > maxDepth || (except !== undefined && toPath(keys) === except)) return;
  if (isObject(value))
    for (const [key, inner] of Object.entries(value)) walk(inner, [...keys, key], note, except);
  else if (!Array.isArray(value) && keys.length > 0) note(keys, value);
}

/** The leaf's own name. */
export const nameOf = ({ keys }: Pick<Leaf, 'keys'>) => keys.at(-1) ?? '';

/** In small letters, words apart by blanks: `devEUI` and `dev_eui` are `dev eui`. */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .trim()
    .toLowerCase();
}

export const numbersIn = ({ values }: Leaf) =>
  values.filter((value): value is number => typeof value === 'number');
export const textsIn = ({ values }: Leaf) =>
  values.filter((value): value is string => typeof value === 'string');

/** Whether a path can stand in a text with placeholders: its names hold no brackets, braces or quotes. */
export const isTemplateSafe = ({ path }: Pick<Leaf, 'path'>) =>
  /^\$(?:\.\w+|\["[^\]["{}\\]*"\])*$/.test(path);
