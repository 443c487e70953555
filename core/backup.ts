import { existsSync } from 'node:fs';
import { open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { MillraceError } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/**
 * In this order: a store that is older than its log goes on from its own offset, and a log that is older than its
 * store would give offsets again that the store believes to have.
 */
const files = ['store.db', 'log.db', 'mqtt.db'] as const;
/** Copied at a time; between, other work goes on. */
const pagesAtATime = 2000;

export interface BackupProgress {
  readonly file: string;
  readonly copiedPages: number;
  readonly totalPages: number;
}

export interface BackupReport {
  /** The files that were there. */
  readonly files: readonly string[];
}

/**
 * Copies the databases of a data folder into an empty or new folder, each as it is at one moment, while Millrace may
 * be running on it. The copy is a data folder: `--data-dir` on it starts from there.
 * Throws `INPUT_INVALID` when `target` holds anything or `dataDir` nothing, `STORE_UNAVAILABLE` when a file can't be
 * read or written; what was copied until then stays, under a name that ends in `.partial` while it is unfinished.
 */
export async function backupFolder(
  dataDir: string,
  target: string,
  onProgress: (progress: BackupProgress) => void = () => undefined,
): Promise<BackupReport> {
  const found = files.filter((file) => existsSync(join(dataDir, file)));
  if (found.length === 0)
    throw new MillraceError(
      'INPUT_INVALID',
      `A data folder should hold ${files.join(', ')}; ${dataDir} holds none of them. Name the folder with --data-dir.`,
    );
  makeFolder(target);
  const there = await readdir(target);
  if (there.length > 0)
    throw new MillraceError(
      'INPUT_INVALID',
      `A backup goes into an empty or new folder; ${target} holds ${there.slice(0, 3).join(', ')}.`,
    );
  for (const file of found) await copyDatabase(dataDir, target, file, onProgress);
  return { files: found };
}

async function copyDatabase(
  dataDir: string,
  target: string,
  file: string,
  onProgress: (progress: BackupProgress) => void,
): Promise<void> {
  const source = join(dataDir, file);
  const partial = join(target, `${file}.partial`);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(source, { readOnly: true, timeout: 5000 });
    // The copy is of this transaction's snapshot; without it, each write of another process starts the copy anew.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    const pages = await backup(db, partial, {
      rate: pagesAtATime,
      progress: ({ totalPages, remainingPages }) =>
        onProgress({ file, copiedPages: totalPages - remainingPages, totalPages }),
    });
    onProgress({ file, copiedPages: pages, totalPages: pages });
    await synced(partial);
    await rename(partial, join(target, file));
    await synced(target);
  } catch (cause) {
    throw new MillraceError(
      'STORE_UNAVAILABLE',
      `${source} could not be copied to ${target}: ${cause instanceof Error ? cause.message : cause}. ` +
        'Check the room and the rights there, empty it, and run the backup again.',
      { cause },
    );
  } finally {
    db?.close();
  }
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}
