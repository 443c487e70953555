import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';

const busy = 5;
const corrupt = 11;
const notDatabase = 26;

export interface FolderLock {
  release(): void;
}

/**
 * Makes this the folder's one writer until `release` or the end of the process, however it ends: the lock is
 * SQLite's own on `lock.db`, which the file system lets go. It holds within one process too.
 * Hazard: POSIX drops the lock when this process opens and closes `lock.db` in any other way; nobody copies it.
 * Throws `DATA_DIR_IN_USE`, `DATA_DAMAGED` or `LOG_UNAVAILABLE`.
 */
export function lockFolder(folder: string): FolderLock {
  makeFolder(folder);
  const file = join(folder, 'lock.db');
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    const { errcode } = cause as { errcode?: number };
    if (errcode === corrupt || errcode === notDatabase) {
      throw new MillraceError(
        'DATA_DAMAGED',
        `${file} is damaged. It is only a lock and holds nothing: remove it when no other process uses the folder, and start again.`,
        { cause },
      );
    }
    if (errcode !== busy) {
      throw new MillraceError(
        'LOG_UNAVAILABLE',
        `The lock ${file} of the data folder cannot be taken. Check that this user may write there and that the file system has locks.`,
        { cause },
      );
    }
    throw new MillraceError(
      'DATA_DIR_IN_USE',
      `Another process writes to the data folder ${folder}. Stop that process, or give this one a folder of its own with --data-dir or MILLRACE_DATA_DIR.`,
      { cause },
    );
  }
  return { release: () => database.close() };
}
