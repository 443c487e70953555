import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { type RecordPlace, rebasedRecord, recordPlaces } from './record-blob.ts';
import { transaction } from './transaction.ts';

/** What one step reads at most; one batch at least. */
const stepBytes = 512 * 1024;
const stepBatches = 200;
/** Batches that are smaller on the average are put together. */
const smallBatchBytes = 64 * 1024;
/** A partition is compacted when so many records came since, and at least as many as were left then. */
const leastDirtyRecords = 1000;
/** Keys of one pass in memory; what doesn't fit waits for the next pass. */
const passKeys = 200_000;
/** A tombstone stays so long for tables that follow. */
const tombstoneMs = 24 * 60 * 60 * 1000;

interface Pass {
  readonly partitionId: number;
  /** The newest offset of each key that came since the last pass. */
  readonly newest: Map<string, number>;
  phase: 'index' | 'rewrite';
  cursor: number;
  /** Where the pass ends: the newest batch is never touched, it holds the end of the partition. */
  end: number;
  keptRecords: number;
}

interface BatchRow {
  readonly base: number;
  readonly next: number;
  readonly commit: number;
  readonly newestMs: number;
  readonly bytes: Buffer;
}

/**
 * Keeps the newest record of each key of compacted topics, in passes of small steps: first it notes the newest offset
 * of each key that came since the last pass, then it rewrites batches from the start without what those replace,
 * putting small batches together. A pass that a crash interrupts starts again. Runs in the log's worker.
 */
export class Compaction {
  readonly #database: DatabaseSync;
  readonly #candidate: StatementSync;
  readonly #newestBase: StatementSync;
  readonly #rows: StatementSync;
  readonly #delete: StatementSync;
  readonly #insert: StatementSync;
  readonly #resize: StatementSync;
  readonly #finish: StatementSync;
  #pass: Pass | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#candidate = database.prepare(`SELECT p.id, p.clean_offset FROM partitions p
      JOIN topics t ON t.id = p.topic_id
      WHERE t.cleanup = 'compact' AND p.end_offset - p.clean_offset >= max(?, p.clean_records) LIMIT 1`);
    this.#newestBase = database.prepare(
      'SELECT max(base_offset) AS base FROM batches WHERE partition_id = ?',
    );
    this.#rows = database.prepare(
      'SELECT base_offset, next_offset, commit_id, newest_ms, records FROM batches WHERE partition_id = ? AND next_offset > ? AND base_offset >= ? AND base_offset < ? ORDER BY base_offset LIMIT ?',
    );
    this.#delete = database.prepare(
      'DELETE FROM batches WHERE partition_id = ? AND base_offset >= ? AND base_offset < ?',
    );
    this.#insert = database.prepare(
      'INSERT INTO batches (partition_id, base_offset, next_offset, commit_id, newest_ms, bytes, crc, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#resize = database.prepare('UPDATE partitions SET bytes = bytes + ? WHERE id = ?');
    this.#finish = database.prepare(
      'UPDATE partitions SET clean_offset = ?, clean_records = ? WHERE id = ?',
    );
  }

  /** Returns true when there is more to do now. */
  step(nowMs: number): boolean {
    this.#pass ??= this.#begin();
    if (!this.#pass) return false;
    if (this.#pass.phase === 'index') this.#index(this.#pass);
    else this.#rewrite(this.#pass, nowMs);
    return true;
  }

  #begin(): Pass | undefined {
    const row = this.#candidate.get(leastDirtyRecords);
    if (!row) return undefined;
    const partitionId = Number(row.id);
    const cursor = Number(row.clean_offset);
    const end = Number(this.#newestBase.get(partitionId)?.base ?? 0);
    if (end <= cursor) return undefined;
    return { partitionId, newest: new Map(), phase: 'index', cursor, end, keptRecords: 0 };
  }

  #index(pass: Pass): void {
    for (const row of this.#read(pass)) {
      for (const { offset, keyStart, keyEnd } of recordPlaces(row.bytes, row.base))
        pass.newest.set(row.bytes.toString('latin1', keyStart, keyEnd), offset);
      pass.cursor = row.next;
      if (pass.newest.size >= passKeys) pass.end = Math.min(pass.end, row.next);
    }
    if (pass.cursor < pass.end) return;
    pass.phase = 'rewrite';
    pass.cursor = 0;
  }

  #rewrite(pass: Pass, nowMs: number): void {
    const rows = this.#read(pass);
    const last = rows.at(-1);
    transaction(this.#database, () => {
      if (last) this.#replace(pass, rows, last, nowMs);
      if (!last || last.next >= pass.end) {
        this.#finish.run(pass.end, pass.keptRecords, pass.partitionId);
        this.#pass = undefined;
      } else pass.cursor = last.next;
    });
  }

  #replace(pass: Pass, rows: readonly BatchRow[], last: BatchRow, nowMs: number): void {
    const base = rows[0]?.base ?? 0;
    const kept: Buffer[] = [];
    let before = 0;
    let newestMs = Number.NEGATIVE_INFINITY;
    let removed = 0;
    for (const row of rows) {
      before += row.bytes.length;
      newestMs = Math.max(newestMs, row.newestMs);
      for (const place of recordPlaces(row.bytes, row.base)) {
        if (isNeeded(pass, row.bytes, place, nowMs))
          kept.push(rebasedRecord(row.bytes, place, base));
        else removed++;
      }
    }
    pass.keptRecords += kept.length;
    if (removed === 0 && before >= rows.length * smallBatchBytes) return;
    const blob = Buffer.concat(kept);
    const { partitionId } = pass;
    this.#delete.run(partitionId, base, last.next);
    if (kept.length > 0)
      this.#insert.run(
        partitionId,
        base,
        last.next,
        last.commit,
        newestMs,
        blob.length,
        crc32(blob),
        blob,
      );
    this.#resize.run(blob.length - before, partitionId);
  }

  #read({ partitionId, cursor, end, phase }: Pass): BatchRow[] {
    const rows: BatchRow[] = [];
    let bytes = 0;
    // While keys are noted the cursor may stand within a batch that an interrupted pass has put together.
    const leastBase = phase === 'index' ? 0 : cursor;
    for (const row of this.#rows.iterate(partitionId, cursor, leastBase, end, stepBatches)) {
      const records = Buffer.from(row.records as Uint8Array);
      bytes += records.length;
      if (rows.length > 0 && bytes > stepBytes) break;
      rows.push({
        base: Number(row.base_offset),
        next: Number(row.next_offset),
        commit: Number(row.commit_id),
        newestMs: Number(row.newest_ms),
        bytes: records,
      });
    }
    return rows;
  }
}

function isNeeded(pass: Pass, bytes: Buffer, place: RecordPlace, nowMs: number): boolean {
  const newest = pass.newest.get(bytes.toString('latin1', place.keyStart, place.keyEnd));
  if (newest !== undefined && newest > place.offset) return false;
  return !place.isTombstone || place.timestampMs > nowMs - tombstoneMs;
}
