import type { FieldKind } from '../../core/model.ts';
import type { DeadLetterReason } from '../../core/outcome.ts';
import type { MetricValue } from './payload.ts';

/** The datatypes of Sparkplug 3.0 (6.4.16) that become values. The others are set aside: bytes, files, tables, structures, arrays. */
export const Datatype = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
} as const;

const names = Object.fromEntries(Object.entries(Datatype).map(([name, number]) => [number, name]));
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 };
const unsignedBits: Readonly<Record<number, number>> = { 5: 8, 6: 16, 7: 32, 8: 64 };

/** Whether a datatype has values that a reading can hold. */
export const isScalar = (datatype: number): boolean => datatype >= 1 && datatype <= 15;

/** For people: `Int64`. */
export const datatypeName = (datatype: number): string => names[datatype] ?? `datatype ${datatype}`;

/** A metric's value as what it is: whole numbers are exact, DateTime is milliseconds since 1970. */
export type ScalarValue =
  | { readonly kind: 'integer' | 'time'; readonly value: bigint }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string };

/** Undefined where the value is not one of its datatype. */
export function scalarOf(datatype: number, value: MetricValue): ScalarValue | undefined {
  if (value.kind === 'int') return ofBits(datatype, value.bits);
  if (value.kind === 'float' || value.kind === 'double') {
    if (datatype !== Datatype.Float && datatype !== Datatype.Double) return undefined;
    return {
      kind: 'real',
      value: value.kind === 'float' ? shortestOfFloat(value.value) : value.value,
    };
  }
  if (value.kind === 'boolean')
    return datatype === Datatype.Boolean ? { kind: 'boolean', value: value.value } : undefined;
  if (value.kind === 'string') {
    const isText =
      datatype === Datatype.String || datatype === Datatype.Text || datatype === Datatype.UUID;
    return isText ? { kind: 'text', value: value.value } : undefined;
  }
  return undefined;
}

function ofBits(datatype: number, bits: bigint): ScalarValue | undefined {
  if (datatype === Datatype.DateTime) return { kind: 'time', value: BigInt.asIntN(64, bits) };
  if (datatype === Datatype.Boolean)
    return bits < 2n ? { kind: 'boolean', value: bits === 1n } : undefined;
  const signed = signedBits[datatype];
  if (signed !== undefined) return integer(toSigned(bits, signed));
  const unsigned = unsignedBits[datatype];
  if (unsigned === undefined) return undefined;
  return integer(bits < 2n ** BigInt(unsigned) ? bits : undefined);
}

const integer = (value: bigint | undefined): ScalarValue | undefined =>
  value === undefined ? undefined : { kind: 'integer', value };

/** Two's complement of its own width, or (as some encoders send it) of 32 or 64 bits. */
function toSigned(bits: bigint, width: number): bigint | undefined {
  if (bits < 2n ** BigInt(width)) return BigInt.asIntN(width, bits);
  const value = BigInt.asIntN(bits < 2n ** 32n ? 32 : 64, bits);
  const limit = 2n ** BigInt(width - 1);
  return value >= -limit && value < 0n ? value : undefined;
}

/** The shortest decimal that is the same Float: 12.3, and not 12.300000190734863. */
function shortestOfFloat(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** A value as a field of a reading holds it, or why it can't be one. */
export type FieldValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'fault'; readonly reason: DeadLetterReason; readonly detail: string };

/** `wanted` is the field's declared kind; where it is absent, the value's own. */
export function toField(
  scalar: ScalarValue,
  wanted: Exclude<FieldKind, 'tag'> | undefined,
  name: string,
): FieldValue {
  const kind = wanted ?? ownKind(scalar);
  if (kind === 'number') return toNumber(scalar, name);
  if (kind === 'flag')
    return scalar.kind === 'boolean'
      ? { kind: 'flag', value: scalar.value }
      : mismatch(scalar, 'true or false', name);
  if (kind === 'decimal') return toDecimal(scalar, name);
  return { kind: 'text', value: textOf(scalar) };
}

function ownKind({ kind }: ScalarValue): 'number' | 'flag' | 'text' {
  if (kind === 'boolean') return 'flag';
  return kind === 'integer' || kind === 'real' ? 'number' : 'text';
}

function toNumber(scalar: ScalarValue, name: string): FieldValue {
  if (scalar.kind === 'boolean' || scalar.kind === 'text')
    return mismatch(scalar, 'a number', name);
  const value = Number(scalar.value);
  if (typeof scalar.value === 'bigint' && !Number.isSafeInteger(value))
    return fault(
      'type-mismatch',
      `${name} is ${scalar.value}, beyond what a number holds exactly (2^53). Give its field the kind decimal.`,
    );
  return { kind: 'number', value };
}

function toDecimal(scalar: ScalarValue, name: string): FieldValue {
  if (scalar.kind === 'boolean') return mismatch(scalar, 'a number', name);
  const text = scalar.kind === 'text' ? scalar.value.trim() : String(scalar.value);
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)
    ? { kind: 'text', value: text }
    : mismatch(scalar, 'a number', name);
}

/** The last time that a JavaScript date can hold, in milliseconds; the first is its negative. */
const lastDateMs = 8_640_000_000_000_000n;

function textOf({ kind, value }: ScalarValue): string {
  if (kind !== 'time' || value > lastDateMs || value < -lastDateMs) return String(value);
  return new Date(Number(value)).toISOString();
}

function mismatch(scalar: ScalarValue, expected: string, name: string): FieldValue {
  const text = textOf(scalar);
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  return fault('type-mismatch', `Expected ${expected} in ${name}; came ${shown}.`);
}

const fault = (reason: DeadLetterReason, detail: string): FieldValue => ({
  kind: 'fault',
  reason,
  detail,
});
