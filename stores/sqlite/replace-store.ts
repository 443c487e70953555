import { existsSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openStoreForWriting, storePath } from './store-file.ts';

/** Where a store is made that is to take the place of the folder's. */
export function newStorePath(folder: string): string {
  return join(folder, 'store.rebuilding.db');
}

/** Removes what an earlier, unfinished attempt left. */
export function removeNewStore(folder: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(newStorePath(folder) + suffix, { force: true });
}

/**
 * Puts the new store, which must be closed, in the place of the old one by a rename: whoever opens the folder finds
 * the one or the other. No writer may hold the old one; readers find the new one at their next query.
 */
export async function replaceStore(folder: string): Promise<void> {
  const file = storePath(folder);
  await retireWal(file);
  await rename(newStorePath(folder), file);
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}

/** A write-ahead log that outlived its database would be taken for the new one's. */
async function retireWal(file: string): Promise<void> {
  if (existsSync(`${file}-wal`)) {
    try {
      const old = openStoreForWriting(file);
      old.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      old.close();
    } catch {
      // Damaged, which is why it is replaced.
    }
  }
  for (const suffix of ['-wal', '-shm']) await rm(file + suffix, { force: true });
}
