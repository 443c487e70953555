import type { TagDecoder } from 'cborg/interface';
import { NumberDigits } from '../json/to-parsed-value.ts';

/** Of a big number; what a double can say has 128 at most. */
const maxNumberBytes = 128;
/** Of a decimal fraction or a bigfloat, either way. */
const maxExponent = 400;

/**
 * Tags that change a value (RFC 8949, 3.4.3 and 3.4.4): big numbers, decimal fractions and bigfloats become numbers
 * whose digits are kept. Any other says more about a value, as 0 and 1 do of times: the value goes on as it is.
 */
export const tags: Record<number, TagDecoder> = new Proxy(
  {
    2: (decode) => bigNumber(decode()),
    3: (decode) => -1n - bigNumber(decode()),
    4: (decode) => decimalFraction(decode()),
    5: (decode) => bigfloat(decode()),
  } as Record<number, TagDecoder>,
  { get: (known, tag) => Reflect.get(known, tag) ?? ((decode: () => unknown) => decode()) },
);

function bigNumber(content: unknown): bigint {
  if (!(content instanceof Uint8Array) || content.length > maxNumberBytes)
    throw new TypeError(`a big number (tag 2 or 3) should be up to ${maxNumberBytes} bytes`);
  return content.length === 0 ? 0n : BigInt(`0x${Buffer.from(content).toString('hex')}`);
}

/** `[exponent, mantissa]`, both whole. */
function pairOf(content: unknown, what: string): { exponent: number; mantissa: bigint } {
  const [exponent, mantissa] = Array.isArray(content) && content.length === 2 ? content : [];
  const isWhole = typeof mantissa === 'bigint' || Number.isSafeInteger(mantissa);
  if (!Number.isInteger(exponent) || Math.abs(exponent) > maxExponent || !isWhole)
    throw new TypeError(
      `${what} should be [exponent, mantissa], whole, the exponent within ${maxExponent}`,
    );
  return { exponent, mantissa: BigInt(mantissa) };
}

function decimalFraction(content: unknown): NumberDigits {
  const { exponent, mantissa } = pairOf(content, 'a decimal fraction (tag 4)');
  const sign = mantissa < 0n ? '-' : '';
  const digits = `${mantissa < 0n ? -mantissa : mantissa}`;
  if (exponent >= 0)
    return new NumberDigits(mantissa === 0n ? '0' : sign + digits + '0'.repeat(exponent));
  const padded = digits.padStart(1 - exponent, '0');
  return new NumberDigits(`${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`);
}

function bigfloat(content: unknown): number {
  const { exponent, mantissa } = pairOf(content, 'a bigfloat (tag 5)');
  return Number(mantissa) * 2 ** exponent;
}
