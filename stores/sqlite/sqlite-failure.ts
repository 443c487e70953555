import { isMillraceError, MillraceError } from '../../core/errors.ts';
import { RowRefused } from '../tables/table-projection.ts';

// Primary result codes, https://www.sqlite.org/rescode.html
const corrupt = 11;
const tooBig = 18;
const constraint = 19;
const mismatch = 20;
const notADatabase = 26;

/** The primary result code of a failure of `node:sqlite`; undefined when the error is of another kind. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** True when a record can't be stored for what it holds: a constraint, a trigger, a value too big, or no reading. */
export function isRefusal(error: unknown): error is Error {
  if (error instanceof RowRefused) return true;
  if (isMillraceError(error, 'RECORD_UNDECODABLE') || isMillraceError(error, 'SCHEMA_UNKNOWN'))
    return true;
  const code = primaryCode(error);
  return code === constraint || code === tooBig || code === mismatch;
}

/**
 * What a failure means to the caller: `DATA_DAMAGED` for a file that is no sound database, else
 * `STORE_UNAVAILABLE` (disk full, I/O error, locked), after which the same call may succeed.
 * An error that SQLite didn't raise is returned as it is.
 */
export function storeFailure(error: unknown, file: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  if (code === corrupt || code === notADatabase) {
    return damagedStore(file, error.message, { cause: error });
  }
  return new MillraceError(
    'STORE_UNAVAILABLE',
    `The store ${file} can't be used at present; SQLite says: ${error.message}.`,
    { cause: error },
  );
}

export function damagedStore(
  file: string,
  what: string,
  options?: { cause: unknown },
): MillraceError {
  return new MillraceError(
    'DATA_DAMAGED',
    `${file} should be a sound SQLite database; SQLite says: ${what}. ` +
      'Stop Millrace and run `millrace rebuild`, which makes the store anew from the log.',
    options,
  );
}
