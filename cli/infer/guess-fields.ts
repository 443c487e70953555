import { isReservedFieldName } from '../../core/config/field-name.ts';
import type { Sureness } from './guess-time.ts';
import { guessUnit } from './guess-unit.ts';
import { isTemplateSafe, type Leaf, nameOf, textsIn, wordsOf } from './leaves.ts';

export interface GuessedField {
  readonly name: string;
  readonly leaf: Leaf;
  readonly kind: 'number' | 'flag' | 'text' | 'decimal' | 'tag';
  readonly unit: string | undefined;
  readonly sureness: Sureness;
  readonly why: string;
}

export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const moneyNames = /\b(?:price|amount|cost|fee|balance|subtotal|money)\b/;
const tagNames =
  /\b(?:type|model|kind|category|region|district|city|country|vendor|brand|firmware|profile|unit|room|floor|site|line|route|operator|channel)\b/;
const maxFields = 200;
const maxTagValues = 50;

/** What the leaves become that are neither time, id nor place. */
export function guessFields(
  leaves: readonly Leaf[],
  of: 'json' | 'csv',
): {
  readonly fields: readonly GuessedField[];
  readonly leftOut: readonly LeftOut[];
} {
  const leftOut: LeftOut[] = [];
  const fields: GuessedField[] = [];
  const names = new Set<string>();
  for (const leaf of leaves) {
    if (fields.length >= maxFields) {
      leftOut.push({ path: leaf.path, why: `there are ${maxFields} fields already` });
      continue;
    }
    const guessed = guessKind(leaf, of);
    if (typeof guessed === 'string') {
      leftOut.push({ path: leaf.path, why: guessed });
      continue;
    }
    const name = nameFor(leaf, names);
    names.add(name);
    fields.push({ name, leaf, ...guessed });
  }
  return { fields, leftOut };
}

type Guess = Pick<GuessedField, 'kind' | 'unit' | 'sureness' | 'why'>;

/** A sentence where nothing can be made of it. */
function guessKind(leaf: Leaf, of: 'json' | 'csv'): Guess | string {
  const { values } = leaf;
  if (values.length === 0) return 'always null in the samples';
  const kinds = new Set(values.map((value) => typeof value));
  const plain = { unit: undefined, sureness: 'sure', why: '' } as const;
  if (kinds.size > 1) {
    const why = `${[...kinds].join(' and ')} in the samples`;
    return { kind: 'text', unit: undefined, sureness: 'a guess', why };
  }
  if (kinds.has('boolean')) return { ...plain, kind: 'flag' };
  if (kinds.has('number')) return guessNumber(leaf, 'sure');
  const texts = textsIn(leaf);
  if (texts.every((text) => jsonNumber.test(text)) && !isLabel(leaf, texts, of))
    return guessNumber(leaf, 'likely');
  return guessText(leaf, texts);
}

function guessNumber(leaf: Leaf, sureness: Sureness): Guess {
  const words = wordsOf(nameOf(leaf));
  const inText = sureness === 'sure' ? '' : 'a number in a text';
  if (moneyNames.test(words))
    return { kind: 'decimal', unit: undefined, sureness: 'likely', why: 'money is kept exact' };
  const isBeyond = leaf.values.some((value) => Math.abs(Number(value)) > Number.MAX_SAFE_INTEGER);
  if (isBeyond)
    return { kind: 'decimal', unit: undefined, sureness: 'likely', why: 'digits beyond a double' };
  const guessed = guessUnit(leaf);
  if (guessed === undefined) return { kind: 'number', unit: undefined, sureness, why: inText };
  const { unit, isNamed } = guessed;
  const why = `${inText === '' ? '' : `${inText}; `}the unit by its ${isNamed ? 'name' : 'name and values'}`;
  return { kind: 'number', unit, sureness: isNamed ? 'likely' : 'a guess', why };
}

const labelNames = /\b(?:id|name|code|route|line|zip|postal|phone|number|no|direction|dir|floor)\b/;

/**
 * Digits that name something: `007`, a bus line. JSON has numbers of its own, so whole ones in a text are most likely
 * no measurement, unless their name says so; of CSV every cell is a text.
 */
function isLabel(leaf: Leaf, texts: readonly string[], of: 'json' | 'csv'): boolean {
  if (texts.some((text) => /^[+0]\d/.test(text)) || labelNames.test(wordsOf(nameOf(leaf))))
    return true;
  const areWhole = texts.every((text) => /^-?\d+$/.test(text));
  return of === 'json' && areWhole && guessUnit(leaf) === undefined;
}

function guessText(leaf: Leaf, texts: readonly string[]): Guess {
  const distinct = new Set(texts).size;
  const isShort = texts.every((text) => text.length <= 40);
  const repeats = texts.length >= 6 && distinct <= Math.min(20, texts.length / 3);
  // A dimension has few values, whatever its name.
  const isNamed = distinct <= maxTagValues && tagNames.test(wordsOf(nameOf(leaf)));
  const isTag = isShort && leaf.nulls === 0 && isTemplateSafe(leaf) && (repeats || isNamed);
  if (!isTag) return { kind: 'text', unit: undefined, sureness: 'sure', why: '' };
  const why = isNamed
    ? 'a dimension by its name'
    : `${distinct} values in ${texts.length} readings`;
  return { kind: 'tag', unit: undefined, sureness: 'likely', why };
}

/** Its own name, with those around it where that is taken. */
function nameFor({ keys }: Leaf, names: ReadonlySet<string>): string {
  for (let from = keys.length - 1; from >= 0; from--) {
    const name = fieldName(keys.slice(from));
    if (!names.has(name) && !isReservedFieldName(name)) return name;
  }
  const base = fieldName(keys).slice(0, 56);
  for (let number = 2; ; number++) {
    const name = `${base}Value${number === 2 ? '' : number}`;
    if (!names.has(name) && !isReservedFieldName(name)) return name;
  }
}

function fieldName(keys: readonly string[]): string {
  const words = keys.flatMap((key) => wordsOf(key).split(' ')).filter((word) => word !== '');
  const camel = words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
  const named = /^[a-z]/i.test(camel) ? camel : `field${camel}`;
  return named.slice(0, 64);
}
