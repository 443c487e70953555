import { DatabaseError } from 'pg';
import { isMillraceError, MillraceError } from '../../core/errors.ts';
import { RowRefused } from '../tables/table-projection.ts';

const notPermitted = '42501';

/** A record that can't become a row, found before the database sees it. */
export class RecordRefused extends Error {}

/**
 * True when a record can't be stored for what it holds: SQLSTATE classes 22 (data exception) and 23 (constraint), or no
 * reading. Everything else is the database's own trouble.
 */
export function isRefusal(error: unknown): error is Error {
  if (error instanceof RecordRefused || error instanceof RowRefused) return true;
  if (isMillraceError(error, 'RECORD_UNDECODABLE') || isMillraceError(error, 'SCHEMA_UNKNOWN'))
    return true;
  const state = sqlState(error);
  return state !== undefined && /^2[23]/.test(state);
}

/** Undefined for an error that the server didn't raise. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** No such schema, table or column: no writer was here yet. */
export function isMissingTable(error: unknown): boolean {
  const state = sqlState(error);
  return state === '42P01' || state === '3F000';
}

/**
 * What a failure means to the caller: `STORE_UNAVAILABLE`, after which the same call may succeed.
 * A MillraceError, and a fault of the program, are returned as they are. `server`: as {@link serverOf} gives it.
 */
export function storeFailure(error: unknown, server: string): unknown {
  if (error instanceof MillraceError || error instanceof TypeError || error instanceof RangeError)
    return error;
  return new MillraceError(
    'STORE_UNAVAILABLE',
    `PostgreSQL at ${server} can't be used at present; it says: ${describe(error)}.${remedy(error)}`,
    { cause: error },
  );
}

/** A right may be given while we run. */
function remedy(error: unknown): string {
  return sqlState(error) === notPermitted
    ? ' Give the role in MILLRACE_POSTGRES_URL the rights that docs/postgres.md has for it.'
    : '';
}

/** At the start, what won't mend itself refuses it: credentials, no such database, no privilege. */
export function openingFailure(error: unknown, server: string): unknown {
  const state = sqlState(error);
  if (state === undefined || !(/^28/.test(state) || state === '3D000' || state === notPermitted))
    return storeFailure(error, server);
  return new MillraceError(
    'STORE_NOT_PREPARED',
    `PostgreSQL at ${server} should let Millrace in; it says: ${describe(error)}. ` +
      'Check MILLRACE_POSTGRES_URL; docs/postgres.md has the statements that make the role and the database.',
    { cause: error },
  );
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  if (!(error instanceof Error)) return String(error);
  const state = sqlState(error);
  return state === undefined ? error.message : `${error.message} (SQLSTATE ${state})`;
}
