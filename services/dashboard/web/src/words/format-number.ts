const formats = new Map<number, Intl.NumberFormat>();

function withDecimals(decimals: number): Intl.NumberFormat {
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(decimals, format);
  }
  return format;
}

/**
 * As many decimals as a person can use: 0.0312, 4.27, 38.4, 512. A field that has only ever had whole values
 * (`whole`) is written without any.
 */
export function formatNumber(value: number, options: { readonly whole?: boolean } = {}): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (options.whole && Number.isInteger(value)) return withDecimals(0).format(value);
  if (size !== 0 && (size < 0.001 || size >= 1e9)) return value.toExponential(2);
  const decimals = size >= 1000 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return withDecimals(decimals).format(value);
}

/** Counts: grouped, and short from a hundred thousand up: 1,284, 417k, 2.1M. */
export function formatCount(count: number): string {
  if (count < 100_000) return withDecimals(0).format(count);
  if (count < 999_500) return `${withDecimals(0).format(count / 1000)}k`;
  return `${withDecimals(count < 9_950_000 ? 1 : 0).format(count / 1_000_000)}M`;
}
