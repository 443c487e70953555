import type { DeadLetterOutcome, DeadLetterReason } from '../../core/outcome.ts';
import { compileJsonPath, type Found, type JsonPath, type Lookup } from './json-path.ts';
import type { NumberTexts } from './json-text.ts';

/** One of a payload's parts, on its way to an observation. */
export interface Part {
  readonly value: unknown;
  /** The whole payload; the same as `value` where there is no `each`. */
  readonly root: unknown;
  readonly numberTexts: NumberTexts | undefined;
  /** The placeholders of the topic in the template's order, then those of an envelope; undefined where there is none. */
  readonly topicTexts: readonly (string | undefined)[];
  /** Normalized path of the part in the payload. */
  readonly place: string;
}

export interface PartPath {
  readonly text: string;
  find(part: Part): Lookup;
}

/** `$.a`: of the part, or else of the payload. `@.a`: of the part alone. Throws what the library says of a bad path. */
export function compilePartPath(text: string): PartPath {
  if (typeof text !== 'string' || !/^[$@]/.test(text))
    throw new SyntaxError('a JSONPath that begins with $ or @');
  const path: JsonPath = compileJsonPath(`$${text.slice(1)}`);
  const isPartOnly = text.startsWith('@');
  return {
    text,
    find(part) {
      const found = path.findIn(part.value);
      return found === undefined && !isPartOnly && part.root !== part.value
        ? path.findIn(part.root)
        : found;
    },
  };
}

/** Where a path leads in the payload, for people: `$['values'][3].pm`. */
export function placeOf(path: PartPath, part: Part): string {
  return part.place === '$' ? path.text : part.place + path.text.slice(1);
}

export function deadLetter(
  reason: DeadLetterReason,
  detail: string,
  place?: string,
): DeadLetterOutcome {
  return place === undefined
    ? { kind: 'deadLetter', reason, detail }
    : { kind: 'deadLetter', reason, detail, place };
}

export const severalFound = (path: PartPath, part: Part) =>
  deadLetter(
    'type-mismatch',
    `Expected one value at ${path.text}; the path leads to several.`,
    placeOf(path, part),
  );

/** A value in few words, for a detail: `the text "abc"`, `an object`. */
export function describeJson({ value }: Pick<Found, 'value'>): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return `${value}`;
  return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`;
}
