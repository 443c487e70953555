import { peekSource } from '../codec.ts';

/** Readings whose source can't be told are counted under this one. */
const unknownSource = 'unknown';

const maxSourceBytes = 256;

/**
 * The source that a record of readings is counted under, without decoding the rest; `unknown` for a record that is none.
 * The enricher and the ledger's view ask the same, so that a record has one source all its way.
 */
export function sourceOf(value: Buffer | null): string {
  if (value === null || value.length < 7 || value[0] !== 0) return unknownSource;
  try {
    const source = peekSource(value);
    return isName(source) ? source : unknownSource;
  } catch {
    return unknownSource;
  }
}

/** Damaged bytes must not become names: an empty text, a long one, control or replacement characters. */
function isName(text: string): boolean {
  return text.length > 0 && text.length <= maxSourceBytes && !/[\p{Cc}\ufffd]/u.test(text);
}
