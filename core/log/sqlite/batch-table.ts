import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { damaged } from './database-errors.ts';
import { mergeCommits } from './merge-commits.ts';
import { blobFields, type NewBlobs, newBlobFields, type PackedBlobs } from './protocol.ts';

interface BatchRow {
  readonly partitionId: number;
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly commit: number;
  readonly byteLength: number;
}

const columns = 'base_offset, next_offset, commit_id, bytes';

/** Record batches in the database. Runs in the log's worker. */
export class BatchTable {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #insert: StatementSync;
  readonly #advance: StatementSync;
  readonly #firstAt: StatementSync;
  readonly #records: StatementSync;

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
    this.#insert = database.prepare(
      'INSERT INTO batches (partition_id, base_offset, next_offset, commit_id, newest_ms, bytes, crc, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#advance = database.prepare(
      'UPDATE partitions SET end_offset = ?, bytes = bytes + ?, last_commit = ? WHERE id = ?',
    );
    this.#firstAt = database.prepare(
      'SELECT max(base_offset) AS base FROM batches WHERE partition_id = ? AND base_offset <= ?',
    );
    this.#records = database.prepare(
      'SELECT crc, records FROM batches WHERE partition_id = ? AND base_offset = ?',
    );
  }

  /** Within the caller's transaction. */
  insert({ index, bytes }: NewBlobs, commit: number): void {
    for (let at = 0; at < index.length; at += newBlobFields) {
      const [partitionId = 0, base = 0, next = 0, newestMs = 0, start = 0, length = 0] =
        index.subarray(at, at + newBlobFields);
      const blob = bytes.subarray(start, start + length);
      this.#insert.run(partitionId, base, next, commit, newestMs, length, crc32(blob), blob);
      this.#advance.run(next, length, commit, partitionId);
    }
  }

  /** Batches of one partition from the one that holds the offset on; at least one if there is one. */
  read(partitionId: number, fromOffset: number, maxBytes: number): PackedBlobs {
    const chosen: BatchRow[] = [];
    let bytes = 0;
    for (const row of this.#rows(partitionId, fromOffset)) {
      if (bytes > 0 && bytes + row.byteLength > maxBytes) break;
      chosen.push(row);
      bytes += row.byteLength;
    }
    return this.#pack(chosen, bytes);
  }

  /** Whole commits of several partitions, oldest first. */
  cut(
    positions: readonly (readonly [partitionId: number, fromOffset: number])[],
    maxBytes: number,
  ): PackedBlobs & { atEnd: boolean } {
    this.#database.exec('BEGIN');
    try {
      const chosen: BatchRow[] = [];
      let bytes = 0;
      const parts = positions.map(([partitionId, fromOffset]) =>
        this.#rows(partitionId, fromOffset),
      );
      const atEnd = mergeCommits(parts, maxBytes, (row) => {
        chosen.push(row);
        bytes += row.byteLength;
      });
      for (const part of parts) part.return(undefined);
      return { ...this.#pack(chosen, bytes), atEnd };
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** The first offset at or after a time. Times need not rise; the batch is found by its newest. */
  offsetAt(
    partitionId: number,
    timeMs: number,
  ): { baseOffset: number; records: Buffer } | undefined {
    const row = this.#database
      .prepare(
        'SELECT base_offset FROM batches INDEXED BY batches_in_order WHERE partition_id = ? AND newest_ms >= ? ORDER BY base_offset LIMIT 1',
      )
      .get(partitionId, timeMs);
    if (!row) return undefined;
    const baseOffset = Number(row.base_offset);
    return { baseOffset, records: Buffer.from(this.#load(partitionId, baseOffset)) };
  }

  *#rows(partitionId: number, fromOffset: number): Generator<BatchRow, void, undefined> {
    const first = this.#firstAt.get(partitionId, fromOffset)?.base ?? fromOffset;
    // A statement of its own: several of these run side by side in a cut.
    const rows = this.#database
      .prepare(
        `SELECT ${columns} FROM batches WHERE partition_id = ? AND base_offset >= ? ORDER BY base_offset`,
      )
      .iterate(partitionId, first);
    for (const row of rows) {
      const nextOffset = Number(row.next_offset);
      if (nextOffset <= fromOffset) continue;
      yield {
        partitionId,
        baseOffset: Number(row.base_offset),
        nextOffset,
        commit: Number(row.commit_id),
        byteLength: Number(row.bytes),
      };
    }
  }

  #pack(rows: readonly BatchRow[], byteLength: number): PackedBlobs {
    const index = new Float64Array(rows.length * blobFields);
    const bytes = new Uint8Array(byteLength);
    let start = 0;
    for (const [at, row] of rows.entries()) {
      const { partitionId, baseOffset, nextOffset, commit, byteLength: length } = row;
      bytes.set(this.#load(partitionId, baseOffset), start);
      index.set([partitionId, baseOffset, nextOffset, commit, start, length], at * blobFields);
      start += length;
    }
    return { index, bytes };
  }

  #load(partitionId: number, baseOffset: number): Uint8Array {
    const row = this.#records.get(partitionId, baseOffset);
    const records = row?.records as Uint8Array | undefined;
    if (records === undefined || crc32(records) !== row?.crc)
      throw damaged(this.#file, `records at offset ${baseOffset} are not what was written`);
    return records;
  }
}
