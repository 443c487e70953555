import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MillraceError } from '../../core/errors.ts';

/** The bytes of a file, unpacked when its name ends in `.gz`. A missing file is `INPUT_INVALID`. */
export function openInput(file: string): Readable {
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  const unpacked = createGunzip();
  bytes.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => bytes.destroy());
  return bytes.pipe(unpacked);
}

/** The lines of a file that are not blank, with their numbers from 1. */
export async function* readLines(file: string): AsyncGenerator<{ line: string; number: number }> {
  const input = openInput(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // readline may end quietly when its input breaks before a line was read.
  let failure: Error | undefined;
  input.on('error', (error) => {
    failure = error;
    lines.close();
  });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line.trim() !== '') yield { line, number };
    }
  } catch (error) {
    failure ??= error instanceof Error ? error : new Error(String(error));
  } finally {
    input.destroy();
  }
  if (failure) throw unreadable(file, failure);
}

export function unreadable(file: string, cause: unknown): MillraceError {
  return new MillraceError('INPUT_INVALID', `${file} could not be read.`, { cause });
}
