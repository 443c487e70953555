/**
 * The higher of two cursors: as numbers where both are, as times where both are RFC 3339, else as texts. Whole numbers
 * of any size are told apart. Pure.
 */
export function higherCursor(a: string | null, b: string): string {
  if (a === null) return b;
  return isHigher(b, a) ? b : a;
}

function isHigher(a: string, b: string): boolean {
  if (isWhole(a) && isWhole(b)) return BigInt(a) > BigInt(b);
  if (isNumber(a) && isNumber(b)) return Number(a) > Number(b);
  const [aMs, bMs] = [cursorTimeMs(a), cursorTimeMs(b)];
  // Of one millisecond the text tells: digits below it are no part of a Date.
  if (aMs !== undefined && bMs !== undefined && aMs !== bMs) return aMs > bMs;
  return a > b;
}

const isWhole = (text: string) => /^-?\d{1,1000}$/.test(text);
const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));

/** Of an RFC 3339 time, or a day; undefined: it is none. */
export function cursorTimeMs(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d([T ]|$)/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
