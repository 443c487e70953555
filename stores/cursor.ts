import { MillraceError } from '../core/errors.ts';

/** Where a page ended: the sort key of its last row. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws `INPUT_INVALID` for what {@link encodeCursor} didn't make with as many parts. */
export function decodeCursor(cursor: string, kinds: readonly ('string' | 'number')[]): unknown[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === kinds.length)
      if (key.every((part, index) => typeof part === kinds[index])) return key;
  } catch {
    // Told below.
  }
  throw new MillraceError(
    'INPUT_INVALID',
    `A cursor should be as nextCursor gave it; ${JSON.stringify(cursor.slice(0, 100))} is none.`,
  );
}
