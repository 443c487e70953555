import { compile, JSONPathQuery } from 'json-p3';
import type { NumberTexts } from './json-text.ts';

/** What a path led to. `holder` and `key` say where it stands, for the digits of a number. */
export interface Found {
  readonly value: unknown;
  readonly holder: unknown;
  readonly key: string | number | undefined;
}

export type Lookup = Found | undefined | 'several';

/** A compiled path. */
export interface JsonPath {
  readonly text: string;
  /** The one value, undefined when there is none. */
  findIn(root: unknown): Lookup;
  /** Every value, with its normalized path (RFC 9535, 2.7). */
  findAll(root: unknown): readonly (Found & { readonly place: string })[];
  /** True when what the path's last segment selects from is there, though perhaps empty. */
  reachesInto(root: unknown): boolean;
}

type Query = ReturnType<typeof compile>;
type Step = string | number;

/** Compiles once. Throws the library's own error, which names the place in the path. */
export function compileJsonPath(text: string): JsonPath {
  const query = compile(text);
  const steps = simpleSteps(query);
  const parent = new JSONPathQuery(query.environment, query.segments.slice(0, -1));
  const isList = String(query.segments.at(-1)) === '[*]';
  const isOneList = isList && simpleSteps(parent) !== undefined;
  const findAll: JsonPath['findAll'] = (root) =>
    [...query.query(root as never)].map((node) => ({
      ...locate(root, node.location, node.value),
      place: node.path,
    }));
  return {
    text,
    findIn:
      steps === undefined ? (root) => findByLibrary(query, root) : (root) => follow(steps, root),
    findAll: !isOneList
      ? findAll
      : (root) => {
          const [list] = parent.query(root as never);
          return list !== undefined && Array.isArray(list.value)
            ? elements(list.path, list.value)
            : findAll(root);
        },
    reachesInto: (root) =>
      [...parent.query(root as never)].some(
        (node) => typeof node.value === 'object' && node.value !== null,
      ),
  };
}

/** Of a list of a megabyte the library makes a node each, in a hundred times the time. `start` is the list's place. */
const elements = (start: string, list: readonly unknown[]) =>
  list.map((value, key) => ({ value, holder: list, key, place: `${start}[${key}]` }));

/** Names and indexes of a path that has nothing else; following these is a hundred times quicker. */
function simpleSteps(query: Query): readonly Step[] | undefined {
  if (!query.singularQuery()) return undefined;
  const steps: Step[] = [];
  for (const { selectors } of query.segments) {
    const [selector] = selectors;
    if (selector === undefined) return undefined;
    if ('name' in selector && typeof selector.name === 'string') steps.push(selector.name);
    else if ('index' in selector && typeof selector.index === 'number') steps.push(selector.index);
    else return undefined;
  }
  return steps;
}

function follow(steps: readonly Step[], root: unknown): Found | undefined {
  let value = root;
  let holder: unknown;
  let key: Step | undefined;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    holder = value;
    if (typeof step === 'number') {
      if (!Array.isArray(value)) return undefined;
      key = step < 0 ? value.length + step : step;
      if (key < 0 || key >= value.length) return undefined;
      value = value[key];
    } else {
      if (Array.isArray(value) || !Object.hasOwn(value, step)) return undefined;
      key = step;
      value = (value as Record<string, unknown>)[step];
    }
  }
  return { value, holder, key };
}

function findByLibrary(query: Query, root: unknown): Lookup {
  const nodes = [...query.query(root as never)];
  const [node] = nodes;
  if (node === undefined) return undefined;
  return nodes.length > 1 ? 'several' : locate(root, node.location, node.value);
}

function locate(root: unknown, location: readonly Step[], value: unknown): Found {
  const holder = follow(location.slice(0, -1), root);
  return { value, holder: holder?.value, key: location.at(-1) };
}

/** A number as it was sent: `0.10`, `12345678901234567890`. */
export function numberText(found: Found, texts: NumberTexts | undefined): string {
  const kept = texts?.get(found.holder as object)?.get(String(found.key));
  return kept ?? String(found.value);
}
