import { decimalsFor } from './decimals.ts';

const formats = new Map<number, Intl.NumberFormat>();

/** Grouped, with exactly so many decimals; very large and very small ones as powers of ten. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 0.0005 && decimals > 0)) return value.toExponential(2);
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(decimals, format);
  }
  return format.format(value);
}

/** One number on its own: 0.031, 4.27, 38.4, 512. */
export const formatNumber = (value: number): string =>
  formatFixed(value, Number.isInteger(value) ? 0 : decimalsFor(Math.abs(value)));

/** Every digit of a count, grouped: 1,284,017. */
export const formatExact = (count: number): string => formatFixed(count, 0);

/** Counts in little room: exact to a hundred thousand, then 417k, 2.1M. */
export function formatCount(count: number): string {
  if (count < 100_000) return formatFixed(count, 0);
  if (count < 999_500) return `${formatFixed(count / 1000, 0)}k`;
  return `${formatFixed(count / 1_000_000, count < 9_950_000 ? 1 : 0)}M`;
}
