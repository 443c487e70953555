import { dirname } from 'node:path';
import { MillraceError } from '../../errors.ts';
import type { WireError } from './protocol.ts';

/** Primary SQLite result codes (https://sqlite.org/rescode.html); the low byte of an extended one. */
const corrupt = 11;
const full = 13;
const notDatabase = 26;
/** Extended: the shared-memory file beside the log could not grow, which is a full disk too. */
const sharedMemorySize = 4874;

/** What an error of `node:sqlite` on this file means to people. */
export function toMillraceError(error: unknown, file: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const errcode = (error as { errcode?: number }).errcode ?? 0;
  const options = { cause: error };
  if (errcode === sharedMemorySize || (errcode & 0xff) === full) return diskFull(file, options);
  if ((errcode & 0xff) === corrupt || (errcode & 0xff) === notDatabase)
    return damaged(file, (error as Error).message, options);
  return new MillraceError(
    'LOG_UNAVAILABLE',
    `The log ${file} cannot be read or written at present: ${(error as Error).message}.`,
    options,
  );
}

function diskFull(file: string, options?: { cause?: unknown }): MillraceError {
  return new MillraceError(
    'LOG_FULL',
    `The disk under ${file} is full. Nothing of this write was kept. Make room, or shorten the retention; the log goes on by itself.`,
    options,
  );
}

export function damaged(file: string, what: string, options?: { cause?: unknown }): MillraceError {
  return new MillraceError(
    'DATA_DAMAGED',
    `The log ${file} is damaged: ${what}. Put a backup of the whole folder in the place of ${dirname(file)}, or move that away to start anew; devices send again what was not acknowledged.`,
    options,
  );
}

export function toWire(error: MillraceError): WireError {
  const cause =
    error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
  return { code: error.code, message: error.message, cause };
}

export function fromWire({ code, message, cause }: WireError): MillraceError {
  return new MillraceError(code, message, cause === undefined ? {} : { cause: new Error(cause) });
}
