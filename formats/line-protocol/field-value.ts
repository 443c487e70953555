import { LineFault } from './line-reader.ts';

/** A value as the line has it: integers by their digits where a double doesn't hold them. */
export type FieldValue = number | string | boolean;

const flags: Readonly<Record<string, boolean>> = {
  t: true,
  T: true,
  true: true,
  True: true,
  TRUE: true,
  f: false,
  F: false,
  false: false,
  False: false,
  FALSE: false,
};
const decimalFloat = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexFloat = /^(-?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/;
const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;
const largestUnsigned = 2n ** 64n - 1n;

/** A value without quotes, by how it begins and ends. Throws a {@link LineFault}. */
export function unquotedValue(text: string, key: string): FieldValue {
  if (/^[tTfF]/.test(text)) {
    const flag = Object.hasOwn(flags, text) ? flags[text] : undefined;
    if (flag === undefined) throw wrong(key, 'true or false', text);
    return flag;
  }
  if (!/^[-.\d]/.test(text)) throw wrong(key, 'a number, true, false or a quoted text', text);
  const digits = text.slice(0, -1);
  if (text.endsWith('i')) {
    if (!isInteger64(digits)) throw wrong(key, 'an integer of 64 bits', digits);
    return integer(digits);
  }
  if (text.endsWith('u')) {
    if (!isUnsigned64(digits)) throw wrong(key, 'an unsigned integer of 64 bits', digits);
    return integer(digits);
  }
  return float(text, key);
}

/** Signed, by its digits. */
export function isInteger64(digits: string): boolean {
  if (!/^-?\d{1,40}$/.test(digits)) return false;
  return digits.length < 16 || (BigInt(digits) >= smallest && BigInt(digits) <= largest);
}

const isUnsigned64 = (digits: string) =>
  /^\d{1,40}$/.test(digits) && BigInt(digits) <= largestUnsigned;

function integer(digits: string): FieldValue {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : `${BigInt(digits)}`;
}

function float(text: string, key: string): number {
  const number = decimalFloat.test(text) ? Number(text) : hexNumber(text);
  if (number === undefined) throw wrong(key, 'a number', text);
  if (!Number.isFinite(number)) throw wrong(key, 'a finite number', text);
  return number;
}

/** As C and Go write floats to the last bit: `0x1.8p3`. */
function hexNumber(text: string): number | undefined {
  const match = hexFloat.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const mantissa = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -mantissa : mantissa;
}

function wrong(key: string, expected: string, came: string): LineFault {
  const shown = JSON.stringify(came.length > 60 ? `${came.slice(0, 57)}...` : came);
  return new LineFault(`Expected ${expected} at ${key}; came ${shown}.`);
}
