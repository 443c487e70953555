/** Currencies whose smallest unit is the unit itself, and those with thousandths; all others have hundredths (ISO 4217). */
const none = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF';
const thousandths = 'BHD JOD KWD OMR TND';
const places: Readonly<Record<string, number>> = Object.fromEntries([
  ...none.split(' ').map((code) => [code, 0]),
  ...thousandths.split(' ').map((code) => [code, 3]),
]);

/** An amount in the smallest unit of its currency (`1999`, `EUR`) as people write it: `19.99`. Digits are moved, nothing is calculated. */
export function majorUnits(minor: string, currency: string): string | undefined {
  const match = /^(-?)(\d+)$/.exec(minor);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  const count = places[currency.toUpperCase()] ?? 2;
  if (count === 0) return minor;
  const padded = digits.padStart(count + 1, '0');
  return `${sign}${padded.slice(0, -count)}.${padded.slice(-count)}`;
}
