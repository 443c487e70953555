import type { NumberTexts, ParsedValue } from './json-text.ts';

/** Most that one payload of a binary encoding may hold, so that no payload takes longer than 50 ms to decode. */
export const maxValues = 300_000;
export const maxHolders = 100_000;
/** Most objects and lists within one another. */
export const maxDepth = 64;

export const tooMany = (most: number, what: string) =>
  new RangeError(`it has more than ${most} ${what}, which is the most that is decoded`);
export const tooDeep = () =>
  new RangeError(`it nests deeper than ${maxDepth}, which is the most that is decoded`);

/** A number by its digits in JSON's notation, where a double doesn't hold them. */
export class NumberDigits {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/**
 * What binary encodings have beside JSON's values, as JSON has it: maps are objects (keys as text), bytes are base64url
 * without padding (RFC 8949, 6.1), times are RFC 3339, an integer beyond 2^53 is a number whose digits are kept.
 */
export function toParsedValue(decoded: unknown): ParsedValue {
  const numberTexts: NumberTexts = new Map();
  const holder = { root: decoded };
  settle(holder, 'root', numberTexts);
  return {
    kind: 'parsed',
    root: holder.root,
    numberTexts: numberTexts.size === 0 ? undefined : numberTexts,
  };
}

type Holder = Record<string | number, unknown>;

function settle(holder: object, key: string | number, texts: NumberTexts): void {
  const value = (holder as Holder)[key];
  if (typeof value === 'bigint') {
    keep(holder, key, `${value}`, texts);
  } else if (value === undefined) {
    put(holder, key, null);
  } else if (typeof value !== 'object' || value === null) {
    return;
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) settle(value, index, texts);
  } else if (value instanceof Map) {
    put(holder, key, objectOf(value, texts));
  } else if (value instanceof Uint8Array) {
    put(
      holder,
      key,
      Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64url'),
    );
  } else if (value instanceof NumberDigits) {
    keep(holder, key, value.digits, texts);
  } else {
    for (const name of Object.keys(value)) settle(value, name, texts);
  }
}

function objectOf(map: ReadonlyMap<unknown, unknown>, texts: NumberTexts): object {
  const object = {};
  for (const [key, value] of map) {
    const name = nameOf(key);
    put(object, name, value);
    settle(object, name, texts);
  }
  return object;
}

function nameOf(key: unknown): string {
  if (key instanceof NumberDigits) return key.digits;
  if (key instanceof Uint8Array) return Buffer.from(key).toString('base64url');
  // A list or an object as a key has no name that a path could say.
  return typeof key === 'object' && key !== null ? JSON.stringify([...(key as [])]) : String(key);
}

/** Assigned, `__proto__` would be the object's prototype. */
function put(holder: object, key: string | number, value: unknown): void {
  if (key !== '__proto__') (holder as Holder)[key] = value;
  else
    Object.defineProperty(holder, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}

function keep(holder: object, key: string | number, digits: string, texts: NumberTexts): void {
  const number = Number(digits);
  put(holder, key, number);
  if (String(number) === digits) return;
  const ofHolder = texts.get(holder) ?? new Map<string, string>();
  texts.set(holder, ofHolder.set(String(key), digits));
}
