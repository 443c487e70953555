import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter } from '../json/part.ts';
import type { MappedProperty } from './homie-mapping.ts';
import type { UnitConversions } from './homie-unit.ts';

/** What a property's attributes say of its values; absent where they are not known. */
export interface PropertyAttributes {
  readonly datatype?: string | undefined;
  readonly unit?: string | undefined;
}

export type HomieValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | DeadLetterOutcome;

const integerPattern = /^-?\d+$/;
const floatPattern = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A payload as the field that it is for holds it. `place` is the property, for letters. */
export function homieValue(
  text: string,
  given: {
    readonly mapped: MappedProperty;
    readonly attributes: PropertyAttributes;
    readonly conversions: UnitConversions;
    readonly place: string;
  },
): HomieValue {
  const { mapped, attributes, conversions, place } = given;
  const wanted = mapped.kind ?? kindOf(attributes.datatype) ?? guessed(text);
  if (wanted === 'text') return { kind: 'text', value: text };
  if (wanted === 'flag') {
    if (text === 'true' || text === 'false') return { kind: 'flag', value: text === 'true' };
    return mismatch('true or false', text, place);
  }
  const expected = attributes.datatype === 'integer' ? 'a whole number' : 'a number';
  const pattern = attributes.datatype === 'integer' ? integerPattern : floatPattern;
  if (!pattern.test(text)) return mismatch(expected, text, place);
  if (wanted === 'decimal') return decimal(text, { ...given, written: attributes.unit });
  const value = Number(text);
  if (!Number.isFinite(value))
    return deadLetter(
      'number-not-finite',
      `Expected a finite number; came ${text.slice(0, 60)}.`,
      place,
    );
  if (integerPattern.test(text) && !Number.isSafeInteger(value))
    return deadLetter(
      'type-mismatch',
      `${text.slice(0, 60)} is beyond what a number holds exactly (2^53). Give its field the kind decimal.`,
      place,
    );
  return inUnit(value, { ...given, wanted: mapped.unit, written: attributes.unit, conversions });
}

/** Digits are kept as they are sent, so they stay in the unit that they are sent in. */
function decimal(
  text: string,
  given: {
    readonly mapped: MappedProperty;
    readonly written: string | undefined;
    readonly conversions: UnitConversions;
    readonly place: string;
  },
): HomieValue {
  const { mapped, written, conversions, place } = given;
  const { unit } = mapped;
  if (unit === undefined || !written || conversions.from(written, unit) === 'as-is')
    return { kind: 'text', value: text };
  return deadLetter(
    'type-mismatch',
    `The device gives it in ${written.slice(0, 60)}; a decimal is not converted, to ${unit} neither.`,
    place,
  );
}

function inUnit(
  value: number,
  unit: {
    readonly wanted: string | undefined;
    readonly written: string | undefined;
    readonly conversions: UnitConversions;
    readonly place: string;
  },
): HomieValue {
  const { wanted, written, conversions, place } = unit;
  if (wanted === undefined || !written) return { kind: 'number', value };
  const conversion = conversions.from(written, wanted);
  if (conversion === 'impossible')
    return deadLetter(
      'type-mismatch',
      `The device gives it in ${written.slice(0, 60)}, which can't be converted to ${wanted}.`,
      place,
    );
  const converted = conversion === 'as-is' ? value : conversion(value);
  return Number.isFinite(converted)
    ? { kind: 'number', value: converted }
    : deadLetter(
        'number-not-finite',
        `${value} ${written} is no finite number of ${wanted}.`,
        place,
      );
}

function kindOf(datatype: string | undefined): 'number' | 'flag' | 'text' | undefined {
  if (datatype === undefined) return undefined;
  if (datatype === 'integer' || datatype === 'float') return 'number';
  return datatype === 'boolean' ? 'flag' : 'text';
}

/** Of a property that says nothing of its type. */
function guessed(text: string): 'number' | 'flag' | 'text' {
  if (text === 'true' || text === 'false') return 'flag';
  return floatPattern.test(text) ? 'number' : 'text';
}

function mismatch(expected: string, text: string, place: string): DeadLetterOutcome {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  return deadLetter('type-mismatch', `Expected ${expected}; came ${shown}.`, place);
}
