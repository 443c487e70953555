import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { JsonField } from './declaration.ts';
import { type Found, numberText } from './json-path.ts';
import {
  compilePartPath,
  deadLetter,
  describeJson,
  type Part,
  type PartPath,
  placeOf,
  severalFound,
} from './part.ts';

/** What fields are read into. */
export interface Values {
  readonly numbers: Record<string, number>;
  readonly flags: Record<string, boolean>;
  readonly texts: Record<string, string>;
  readonly unset: string[];
}

/** `nothing`: the part hasn't the field; `null`: it says so itself. */
export type FieldOutcome = 'read' | 'null' | 'nothing' | DeadLetterOutcome;

/** What an encoding that has no numbers or kinds of its own reads otherwise. */
export interface FieldOptions {
  /** A text that stands for a number -> that number in JSON's notation; undefined when it stands for none. */
  readonly toJsonNumber?: (text: string) => string | undefined;
  /** Of fields that declare neither kind nor unit; by the value when absent. */
  readonly defaultKind?: 'number';
}

export type ReadField = (part: Part, values: Values) => FieldOutcome;

export function compileField(
  name: string,
  field: JsonField,
  options: FieldOptions = {},
): ReadField {
  const path = compilePartPath(field.path);
  const kind = field.kind ?? (field.unit === undefined ? options.defaultKind : 'number');
  return (part, values) => {
    const found = path.find(part);
    if (found === 'several') return severalFound(path, part);
    if (found === undefined) {
      if (field.required !== true) return 'nothing';
      return deadLetter(
        'path-missing',
        `Expected ${name} at ${path.text}; nothing is there.`,
        placeOf(path, part),
      );
    }
    if (found.value === null) {
      if (field.null === 'unset') values.unset.push(name);
      return field.null === 'unset' ? 'read' : 'null';
    }
    return put(name, kind, found, { part, path, values, toJsonNumber: options.toJsonNumber });
  };
}

interface Context {
  readonly part: Part;
  readonly path: PartPath;
  readonly values: Values;
  readonly toJsonNumber: FieldOptions['toJsonNumber'];
}

function put(name: string, kind: JsonField['kind'], found: Found, context: Context): FieldOutcome {
  const { value } = found;
  const { flags, texts } = context.values;
  switch (kind ?? kindOf(value)) {
    case 'number':
      return putNumber(name, found, context);
    case 'flag':
      if (typeof value !== 'boolean') return mismatch('true or false', found, context);
      flags[name] = value;
      return 'read';
    case 'text':
      if (typeof value === 'object') return mismatch('a text', found, context);
      texts[name] =
        typeof value === 'number' ? numberText(found, context.part.numberTexts) : String(value);
      return 'read';
    case 'decimal':
      return putDecimal(name, found, context);
    default:
      return mismatch('a number, a text, true or false', found, context);
  }
}

function kindOf(value: unknown): JsonField['kind'] {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'flag' : undefined;
}

/** JSON's own notation of numbers (RFC 8259, 6), which many devices put into texts. */
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function putNumber(name: string, found: Found, context: Context): FieldOutcome {
  const value = numeric(found, context);
  const number = typeof value === 'string' && numberPattern.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return mismatch('a number', found, context);
  // JSON has neither NaN nor infinities, but 1e999 becomes one; CBOR and MessagePack have both.
  if (!Number.isFinite(number))
    return deadLetter(
      'number-not-finite',
      `Expected a finite number at ${context.path.text}; came ${Number.isNaN(number) ? 'NaN' : 'one beyond what a double holds'}.`,
      placeOf(context.path, context.part),
    );
  context.values.numbers[name] = number;
  return 'read';
}

function numeric({ value }: Found, { toJsonNumber }: Context): unknown {
  return typeof value === 'string' && toJsonNumber !== undefined ? toJsonNumber(value) : value;
}

function putDecimal(name: string, found: Found, context: Context): FieldOutcome {
  const value = numeric(found, context);
  const digits = typeof value === 'number' ? numberText(found, context.part.numberTexts) : value;
  if (typeof digits !== 'string' || !numberPattern.test(digits))
    return mismatch('a decimal number', found, context);
  context.values.texts[name] = digits;
  return 'read';
}

function mismatch(expected: string, found: Found, { path, part }: Context): DeadLetterOutcome {
  return deadLetter(
    'type-mismatch',
    `Expected ${expected} at ${path.text}; came ${describeJson(found)}.`,
    placeOf(path, part),
  );
}
