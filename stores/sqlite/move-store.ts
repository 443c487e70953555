import { existsSync } from 'node:fs';
import type { Offsets } from '../../core/log/event-log.ts';
import { readOffsets } from './store-account.ts';
import { openStoreForWriting, storePath } from './store-file.ts';

export interface StoreMove {
  readonly folder: string;
  /** The log that the store has followed, and the one that it is to follow. */
  readonly fromLogId: string;
  readonly toLogId: string;
}

/** Where a store stands in the log that it follows; undefined where there is none, or it follows another. */
export function storeOffsets(folder: string, logId: string): Offsets | undefined {
  if (!existsSync(storePath(folder))) return undefined;
  const db = openStoreForWriting(storePath(folder));
  try {
    if (followedLog(db) !== logId) return undefined;
    return readOffsets(db);
  } finally {
    db.close();
  }
}

/**
 * Ties the store to a copy of its log: the same counts, its offsets as they are in the copy. Does nothing when that
 * was done before, or when the store follows some third log. Gives whether the store follows the copy now. The
 * folder's lock is the caller's. Throws `DATA_DAMAGED` or `STORE_UNAVAILABLE`.
 */
export function moveStore(move: StoreMove, newOffset: NewOffset): boolean {
  const { folder, fromLogId, toLogId } = move;
  if (!existsSync(storePath(folder))) return false;
  const db = openStoreForWriting(storePath(folder));
  try {
    const followed = followedLog(db);
    if (followed !== fromLogId) return followed === toLogId;
    // On the disk for certain before the move is called done: the log's end is not written to the store again.
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const put = db.prepare(
      'UPDATE offsets SET next_offset = ? WHERE topic = ? AND "partition" = ?',
    );
    for (const [topic, partitions] of Object.entries(readOffsets(db)))
      for (const [partition, offset] of Object.entries(partitions))
        put.run(newOffset(topic, Number(partition), offset), topic, Number(partition));
    db.prepare("UPDATE meta SET value = ? WHERE name = 'log'").run(toLogId);
    db.exec('COMMIT');
    return true;
  } finally {
    db.close();
  }
}

export type NewOffset = (topic: string, partition: number, offset: number) => number;

function followedLog(db: ReturnType<typeof openStoreForWriting>): unknown {
  return db.prepare("SELECT value FROM meta WHERE name = 'log'").get()?.value;
}
