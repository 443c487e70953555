import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter, describeJson } from '../json/part.ts';
import type { Values } from '../json/read-fields.ts';
import type { SenmlField } from './declaration.ts';
import type { ResolvedRecord } from './resolve.ts';
import { unitConverters } from './to-unit.ts';

/** A declared field: which records are it, and how they are read. */
export interface FieldReader {
  readonly name: string;
  /** `given` is `{field}` of the record's name; undefined where names have none. */
  matches(given: string | undefined, record: ResolvedRecord): boolean;
  /** Undefined when it is read. */
  read(record: ResolvedRecord, values: Values): DeadLetterOutcome | undefined;
}

export function compileFieldReader(
  name: string,
  field: SenmlField,
  hasFieldNames: boolean,
): FieldReader {
  const wanted = field.name ?? (field.of === undefined && hasFieldNames ? name : undefined);
  const { take = 'value' } = field;
  const convert = field.unit === undefined ? undefined : unitConverters(field.unit);
  const kind = field.kind ?? (field.unit === undefined ? undefined : 'number');
  return {
    name,
    matches: (given, record) =>
      (wanted === undefined || given === wanted) &&
      (field.of === undefined || record.u === field.of) &&
      (take === 'sum' ? record.s : record.value) !== undefined,
    read(record, values) {
      const { u, place } = record;
      const value = take === 'sum' ? record.s : record.value;
      const digits = take === 'sum' ? undefined : record.digits;
      if (typeof value !== 'number' || convert === undefined || u === undefined)
        return put(name, kind, { value, digits, place }, values);
      const toUnit = convert(u, take);
      if (typeof toUnit === 'string') return mismatch(toUnit, u, `${place}.u`);
      const converted = toUnit(value);
      const kept = converted === value ? digits : undefined;
      return put(name, kind, { value: converted, digits: kept, place }, values);
    },
  };
}

interface Given {
  readonly value: ResolvedRecord['value'];
  readonly digits: string | undefined;
  readonly place: string;
}

function put(
  name: string,
  kind: SenmlField['kind'],
  { value, digits, place }: Given,
  { numbers, flags, texts }: Values,
): DeadLetterOutcome | undefined {
  switch (kind ?? kindOfValue[typeof value]) {
    case 'number':
      if (typeof value !== 'number') return mismatch('a number', value, place);
      if (!Number.isFinite(value))
        return deadLetter('number-not-finite', `Expected a finite number; came ${value}.`, place);
      numbers[name] = value;
      return undefined;
    case 'flag':
      if (typeof value !== 'boolean') return mismatch('true or false', value, place);
      flags[name] = value;
      return undefined;
    case 'decimal':
      if (typeof value !== 'number') return mismatch('a number', value, place);
      texts[name] = digits ?? `${value}`;
      return undefined;
    default:
      texts[name] = digits ?? `${value}`;
      return undefined;
  }
}

const kindOfValue: Readonly<Record<string, SenmlField['kind']>> = {
  number: 'number',
  boolean: 'flag',
  string: 'text',
};

const mismatch = (expected: string, value: unknown, place: string) =>
  deadLetter('type-mismatch', `Expected ${expected}; came ${describeJson({ value })}.`, place);
