import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isMillraceError } from '../../../errors.ts';
import { type FolderLock, lockFolder } from '../../sqlite/lock-folder.ts';
import { StateFile } from './state-file.ts';

const formatVersion = 1;
const fileName = 'state.db';

const tables = `
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL, written_ms INTEGER NOT NULL);
CREATE TABLE spaces (
  id INTEGER PRIMARY KEY, partition_id INTEGER NOT NULL, step TEXT NOT NULL, version INTEGER NOT NULL,
  UNIQUE (partition_id, step, version));
CREATE TABLE state (
  space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, expires_ms REAL, PRIMARY KEY (space, key)) WITHOUT ROWID;
PRAGMA user_version = ${formatVersion};
`;

/** Opens the folder's file; where another process has that, or it is damaged, a new one. */
export function openStateFile(folder: string): StateFile {
  const shared = join(folder, 'kafka-state');
  const lock = tryLock(shared);
  if (lock) {
    try {
      return openIn(shared, () => lock.release());
    } catch {
      // It is only a copy.
      for (const end of ['', '-wal', '-shm'])
        rmSync(join(shared, `${fileName}${end}`), { force: true });
      return openIn(shared, () => lock.release());
    }
  }
  const own = join(folder, `kafka-state-${randomBytes(6).toString('hex')}`);
  const ownLock = lockFolder(own);
  return openIn(own, () => {
    ownLock.release();
    rmSync(own, { recursive: true, force: true });
  });
}

function openIn(folder: string, end: () => void): StateFile {
  const database = new DatabaseSync(join(folder, fileName));
  try {
    // NORMAL: a power cut may undo the last writes, each with its position, and damages nothing.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
      PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 33554432;`);
    const version = database.prepare('PRAGMA user_version').get()?.user_version;
    if (version === 0) database.exec(tables);
    else if (version !== formatVersion) throw new Error('another format');
    return new StateFile(database, end);
  } catch (error) {
    database.close();
    throw error;
  }
}

function tryLock(folder: string): FolderLock | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (isMillraceError(error, 'DATA_DIR_IN_USE')) return undefined;
    throw error;
  }
}
