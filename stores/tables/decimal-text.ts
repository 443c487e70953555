/** What our formats give as a decimal, and what others may: a sign, digits, a fraction, an exponent. */
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
/** Of a value that is written out; as many as a declared numeric can have. */
const maxDigits = 1000;

interface Digits {
  readonly negative: boolean;
  /** Without leading zeros; empty for a value below one. */
  readonly whole: string;
  /** As many as it was given with. */
  readonly fraction: string;
}

/** A decimal number written out, without exponent, its fraction as it came. Undefined when it is none, or too long. */
export function plainDecimal(text: string): string | undefined {
  const digits = digitsOf(text);
  return digits && written(digits);
}

/**
 * As `numeric(precision, scale)` holds it, with all the places of its scale. Undefined when it is no decimal number or
 * doesn't fit. `exact`: what the scale would round away is no fit; else it is rounded, half away from zero.
 */
export function fittedDecimal(
  text: string,
  { precision, scale, exact }: { precision: number; scale: number; exact: boolean },
): string | undefined {
  const digits = digitsOf(text);
  if (digits === undefined) return undefined;
  const { negative, whole, fraction } = digits;
  const surplus = fraction.slice(scale);
  if (exact && /[1-9]/.test(surplus)) return undefined;
  const kept = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0');
  const all = String(surplus >= '5' ? kept + 1n : kept).padStart(scale, '0');
  const point = all.length - scale;
  const fitted = {
    negative,
    whole: all.slice(0, point).replace(/^0+/, ''),
    fraction: all.slice(point),
  };
  return fitted.whole.length > precision - scale ? undefined : written(fitted);
}

/** The whole number that a decimal is; undefined when it has a fraction. */
export function wholeDecimal(text: string): bigint | undefined {
  const fitted = fittedDecimal(text, { precision: maxDigits, scale: 0, exact: true });
  return fitted === undefined ? undefined : BigInt(fitted);
}

function digitsOf(text: string): Digits | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, before = '', after = '', exponentText = '0'] = match;
  if (before === '' && after === '') return undefined;
  const exponent = Number(exponentText);
  if (before.length + after.length + Math.abs(exponent) > maxDigits) return undefined;
  // The point moves by the exponent.
  const digits = `${'0'.repeat(Math.max(0, -exponent))}${before}${after}${'0'.repeat(Math.max(0, exponent - after.length))}`;
  const point = Math.max(0, -exponent) + before.length + exponent;
  return {
    negative: sign === '-',
    whole: digits.slice(0, point).replace(/^0+/, ''),
    fraction: digits.slice(point),
  };
}

function written({ negative, whole, fraction }: Digits): string {
  const isZero = whole === '' && /^0*$/.test(fraction);
  const text = `${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`;
  return negative && !isZero ? `-${text}` : text;
}
