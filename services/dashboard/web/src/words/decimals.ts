/** What values of a field have looked like so far, in display units. */
interface Seen {
  greatest: number;
  fractions: boolean;
}

const seenByField = new Map<string, Seen>();

/** Decimals for a size: as many as a person can use. */
export function decimalsFor(size: number): number {
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 1 ? 2 : 3;
}

/**
 * Decimals for a value of a field: the same for all of its values, so that they stand under one another and don't
 * change width; none where only whole values have come. `field` is any name that is the field's own.
 */
export function decimalsOf(field: string, value: number): number {
  let seen = seenByField.get(field);
  if (!seen) {
    seen = { greatest: 0, fractions: false };
    seenByField.set(field, seen);
  }
  if (Math.abs(value) > seen.greatest) seen.greatest = Math.abs(value);
  // What a conversion leaves behind the ninth place is no fraction.
  if (Math.abs(value - Math.round(value)) > 1e-9 * Math.max(1, Math.abs(value))) {
    seen.fractions = true;
  }
  return seen.fractions ? decimalsFor(seen.greatest) : 0;
}
