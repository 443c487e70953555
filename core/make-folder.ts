import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError } from './errors.ts';

/**
 * Makes a folder and those above it that are missing. Throws `SETTING_INVALID` where that can't be.
 * Not Node's recursive mkdir: under a file system that answers ENOENT to it (/proc) that one never ends.
 */
export function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (dirname(path) !== path && !found) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (cause) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    throw new MillraceError(
      'SETTING_INVALID',
      `The folder ${path} can't be made${found ? ': there is a file of that name' : ''}. Give another one by --data-dir or MILLRACE_DATA_DIR, or make it yourself.`,
      { cause },
    );
  }
}
