import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MappedTables } from './mapped/mapped-tables.ts';

/** Bounds of one call: the writer's thread writes nothing else meanwhile. */
const maxRows = 5000;
const maxEntities = 20_000;

/** Microseconds; what was observed, or died, before goes. Minus infinity keeps all. */
export interface PruneTimes {
  readonly now: number;
  readonly history: number;
  readonly deadLetters: number;
}

/** Deletes what is older than the retention, some of it at each call. Lives in the writer's thread. */
export class HistoryPruner {
  readonly #db: DatabaseSync;
  readonly #mapped: MappedTables;
  readonly #nextEntities: StatementSync;
  readonly #deleteRows: StatementSync;
  readonly #addTotal: StatementSync;
  readonly #deleteLetters: StatementSync;
  readonly #deleteMarks: StatementSync;
  readonly #usedBytes: StatementSync;
  readonly #span: StatementSync;
  readonly #maxBytes: number | null;
  /** Entities up to this rowid were looked at in this round. */
  #lastEntity = 0;
  /** While the file is too large: what is older goes. */
  #sizeCutoff = Number.NEGATIVE_INFINITY;

  /** `maxBytes`: what the file may hold in pages that are used; null: no limit. */
  constructor(db: DatabaseSync, mapped: MappedTables, maxBytes: number | null) {
    this.#db = db;
    this.#mapped = mapped;
    this.#maxBytes = maxBytes;
    this.#usedBytes = db.prepare(
      `SELECT (page_count - freelist_count) * page_size AS bytes
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    );
    this.#span = db.prepare(
      `SELECT min((SELECT min(observed_at) FROM history WHERE entity = e.id)) AS oldest,
        max((SELECT max(observed_at) FROM history WHERE entity = e.id)) AS newest FROM entities e`,
    );
    this.#nextEntities = db.prepare('SELECT id FROM entities WHERE id > ? ORDER BY id LIMIT ?');
    this.#deleteRows = db.prepare(
      `DELETE FROM history WHERE entity = ?1 AND (observed_at, event_id) IN (SELECT observed_at, event_id
        FROM history WHERE entity = ?1 AND observed_at < ?2 ORDER BY observed_at, event_id LIMIT ?3)`,
    );
    this.#addTotal = db.prepare("UPDATE meta SET value = value + ? WHERE name = 'readings'");
    this.#deleteLetters = db.prepare(
      'DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE dead_at < ? ORDER BY dead_at LIMIT ?)',
    );
    // Younger than the letter that it is of, which is gone then.
    this.#deleteMarks = db.prepare(
      'DELETE FROM dead_letter_marks WHERE id IN (SELECT id FROM dead_letter_marks WHERE at < ? ORDER BY at LIMIT ?)',
    );
  }

  /** Gives the number of rows deleted of history and of mapped tables; 0: nothing is left to do. */
  prune({ now, history, deadLetters }: PruneTimes): number {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      if (Number.isFinite(deadLetters)) {
        this.#deleteLetters.run(deadLetters, maxRows);
        this.#deleteMarks.run(deadLetters, maxRows);
      }
      let deleted = this.#pruneHistory(Math.max(history, this.#beforeBySize()));
      if (deleted === 0 && this.#sizeCutoff !== Number.NEGATIVE_INFINITY) {
        // That fiftieth is gone; when the file is still too large, the next one goes.
        this.#sizeCutoff = Number.NEGATIVE_INFINITY;
        deleted = this.#pruneHistory(Math.max(history, this.#beforeBySize()));
      }
      if (deleted > 0) this.#addTotal.run(-deleted);
      const mapped = this.#mapped.prune(now, this.#sizeCutoff);
      this.#db.exec('COMMIT');
      return deleted + mapped;
    } finally {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  }

  /** The oldest fiftieth of the time that history spans, as often as it takes. */
  #beforeBySize(): number {
    const used = Number(this.#usedBytes.get()?.bytes);
    if (this.#maxBytes === null || used <= this.#maxBytes) return Number.NEGATIVE_INFINITY;
    if (this.#sizeCutoff === Number.NEGATIVE_INFINITY) {
      const span = this.#span.get();
      if (span?.oldest == null) return Number.NEGATIVE_INFINITY;
      const oldest = Number(span.oldest);
      this.#sizeCutoff = oldest + Math.ceil((Number(span.newest) - oldest) / 50) + 1;
    }
    return this.#sizeCutoff;
  }

  #pruneHistory(before: number): number {
    if (before === Number.NEGATIVE_INFINITY) return 0;
    let deleted = 0;
    // From where the last call stopped to the end, and then from the beginning, until something is found.
    for (let rounds = 0; rounds < 2; rounds++) {
      for (const { id } of this.#nextEntities.all(this.#lastEntity, maxEntities)) {
        const entity = Number(id);
        deleted += Number(this.#deleteRows.run(entity, before, maxRows - deleted).changes);
        if (deleted >= maxRows) return deleted;
        this.#lastEntity = entity;
      }
      if (deleted > 0) return deleted;
      this.#lastEntity = 0;
    }
    return deleted;
  }
}
