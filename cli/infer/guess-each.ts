import { isObject, type Part, toPath } from './leaves.ts';

export interface GuessedEach {
  /** Undefined: a payload is one reading. */
  readonly path: string | undefined;
  readonly keys: readonly string[] | undefined;
  readonly parts: readonly Part[];
  /** Paths of other lists of objects, of which nothing is taken. */
  readonly otherLists: readonly string[];
}

interface List {
  readonly keys: readonly string[];
  readonly elements: number;
  /** Numbers in an element, on average. */
  readonly numbers: number;
}

const maxParts = 20_000;

/** Whether a payload holds several readings, and where: the list of objects with the most numbers in it. */
export function guessEach(payloads: readonly unknown[]): GuessedEach {
  const arrays = payloads.filter(Array.isArray);
  if (arrays.length > 0 && arrays.length === payloads.length)
    return { path: '$[*]', keys: [], parts: partsOf(payloads, []), otherLists: [] };
  const lists = listsIn(payloads);
  const [best] = [...lists].sort((a, b) => b.numbers - a.numbers || b.elements - a.elements);
  const outside = average(payloads.map((payload) => numbersIn(payload)));
  // A list that holds less than stands beside it tells of the reading (who received it), and is none of readings.
  if (best === undefined || best.numbers === 0 || best.numbers < outside - timesOf(payloads)) {
    const parts = payloads.map((root) => ({ value: root, root }));
    return { path: undefined, keys: undefined, parts, otherLists: lists.map(pathOf) };
  }
  return {
    path: `${pathOf(best)}[*]`,
    keys: best.keys,
    parts: partsOf(payloads, best.keys),
    otherLists: lists.filter((list) => list !== best).map(pathOf),
  };
}

const pathOf = ({ keys }: List) => toPath(keys);

/** A time that stands once for all readings is no measured value. */
function timesOf(payloads: readonly unknown[]): number {
  return average(
    payloads.map((payload) =>
      isObject(payload)
        ? Object.values(payload).filter((value) => typeof value === 'number' && value > 9e8).length
        : 0,
    ),
  );
}

function partsOf(payloads: readonly unknown[], keys: readonly string[]): Part[] {
  return payloads
    .flatMap((root) => {
      const list = follow(root, keys);
      return Array.isArray(list) ? list.map((value: unknown) => ({ value, root })) : [];
    })
    .slice(0, maxParts);
}

function follow(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), root);
}

function listsIn(payloads: readonly unknown[]): List[] {
  const found = new Map<string, { keys: readonly string[]; elements: unknown[] }>();
  const look = (value: unknown, keys: readonly string[]) => {
    if (Array.isArray(value)) {
      if (value.length === 0 || !value.every(isObject)) return;
      const entry = found.get(toPath(keys)) ?? { keys, elements: [] };
      entry.elements.push(...value.slice(0, 1000));
      found.set(toPath(keys), entry);
    } else if (isObject(value) && keys.length < 6) {
      for (const [key, inner] of Object.entries(value)) look(inner, [...keys, key]);
    }
  };
  for (const payload of payloads) look(payload, []);
  return [...found.values()].map(({ keys, elements }) => ({
    keys,
    elements: elements.length,
    numbers: average(elements.map((element) => numbersIn(element))),
  }));
}

/** Plain numbers, also in texts, outside of lists. */
function numbersIn(value: unknown): number {
  if (typeof value === 'number') return 1;
  if (typeof value === 'string') return /^-?\d+(\.\d+)?$/.test(value) ? 1 : 0;
  if (!isObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, inner) => sum + numbersIn(inner), 0);
}

const average = (numbers: readonly number[]) =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
