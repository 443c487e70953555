import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { LogRecord, TopicSpec } from '../event-log.ts';
import { damaged } from './database-errors.ts';
import { type FolderLock, lockFolder } from './lock-folder.ts';
import { noLog, openDatabase } from './open-database.ts';
import type { GroupOffset, PartitionRow } from './protocol.ts';
import { decodeBlob } from './record-blob.ts';
import { TopicTable } from './topic-table.ts';

export interface ExportedTopic {
  readonly spec: TopicSpec;
  readonly partitions: readonly PartitionRow[];
}

/** The state of one step of a group on one partition. */
export interface StateSpace {
  readonly id: number;
  readonly group: string;
  readonly partition: number;
  readonly step: string;
  readonly version: number;
  readonly entries: number;
}

export interface StateEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Null: never. */
  readonly expiresAtMs: number | null;
}

/**
 * Everything that an embedded log holds, read in this thread, while the folder's lock is held: nobody adds to it or
 * takes from it meanwhile, not even retention. For `millrace copy-log`.
 */
export class LogExport {
  readonly logId: string;
  /** The newest commit. */
  readonly commit: number;
  readonly topics: readonly ExportedTopic[];
  readonly #file: string;
  readonly #lock: FolderLock;
  readonly #database: DatabaseSync;

  /** Throws `DATA_DIR_IN_USE`, `DATA_DAMAGED` or `LOG_UNAVAILABLE`. */
  constructor(folder: string) {
    this.#file = join(folder, 'log.db');
    // The lock would make the folder.
    if (!existsSync(this.#file)) throw noLog(this.#file);
    this.#lock = lockFolder(folder);
    try {
      this.#database = openDatabase({ file: this.#file, readOnly: true, maxPageCount: undefined });
      const { logId, commit, topics } = new TopicTable(this.#database).catalog();
      this.logId = logId;
      this.commit = commit;
      this.topics = topics;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Records of one partition from an offset on, in the chunks in which they were written. Throws `DATA_DAMAGED`. */
  *records(partition: PartitionRow, fromOffset: number): Generator<readonly LogRecord[]> {
    const next = this.#database.prepare(
      `SELECT base_offset, next_offset, crc, records FROM batches
        WHERE partition_id = ? AND base_offset > ? AND next_offset > ? ORDER BY base_offset LIMIT 1`,
    );
    let base = -1;
    for (;;) {
      const row = next.get(partition.id, base, fromOffset);
      if (row === undefined) return;
      base = Number(row.base_offset);
      const bytes = Buffer.from(row.records as Uint8Array);
      if (crc32(bytes) !== row.crc)
        throw damaged(this.#file, `the records from offset ${base} on are not what was written`);
      const records = decodeBlob(bytes, base);
      yield records[0] && records[0].offset >= fromOffset
        ? records
        : records.filter(({ offset }) => offset >= fromOffset);
    }
  }

  /** Bytes that the partition's records take. */
  bytesOf(partition: PartitionRow): number {
    const sum = this.#database
      .prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM batches WHERE partition_id = ?')
      .get(partition.id);
    return Number(sum?.bytes);
  }

  offsets(): readonly GroupOffset[] {
    return this.#database
      .prepare('SELECT group_name, topic, partition, next_offset FROM offsets')
      .all()
      .map((row) => ({
        group: String(row.group_name),
        topic: String(row.topic),
        partition: Number(row.partition),
        nextOffset: Number(row.next_offset),
      }));
  }

  /** The spaces that hold anything. */
  spaces(): readonly StateSpace[] {
    return this.#database
      .prepare(
        `SELECT spaces.*, (SELECT count(*) FROM state WHERE space = spaces.id) AS entries
          FROM spaces ORDER BY group_name, partition, step, version`,
      )
      .all()
      .map((row) => ({
        id: Number(row.id),
        group: String(row.group_name),
        partition: Number(row.partition),
        step: String(row.step),
        version: Number(row.version),
        entries: Number(row.entries),
      }))
      .filter(({ entries }) => entries > 0);
  }

  /** Entries after a key, in the keys' order. */
  *entries({ id }: StateSpace, afterKey: Uint8Array | undefined): Generator<StateEntry> {
    const rows = this.#database
      .prepare('SELECT key, value, expires_ms FROM state WHERE space = ? AND key > ? ORDER BY key')
      .iterate(id, afterKey ?? new Uint8Array());
    for (const { key, value, expires_ms: expires } of rows) {
      yield {
        key: Buffer.from(key as Uint8Array),
        value: Buffer.from(value as Uint8Array),
        expiresAtMs: expires === null ? null : Number(expires),
      };
    }
  }

  close(): void {
    this.#database.close();
    this.#lock.release();
  }
}
