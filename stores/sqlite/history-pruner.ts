import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Bounds of one call: the writer's thread writes nothing else meanwhile. */
const maxRows = 5000;
const maxEntities = 20_000;

/** Deletes what is older than the retention, some of it at each call. Lives in the writer's thread. */
export class HistoryPruner {
  readonly #db: DatabaseSync;
  readonly #nextEntities: StatementSync;
  readonly #deleteRows: StatementSync;
  readonly #addTotal: StatementSync;
  readonly #deleteLetters: StatementSync;
  /** Entities up to this rowid were looked at in this round. */
  #lastEntity = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#nextEntities = db.prepare('SELECT id FROM entities WHERE id > ? ORDER BY id LIMIT ?');
    this.#deleteRows = db.prepare(
      `DELETE FROM history WHERE entity = ?1 AND (observed_at, event_id) IN (SELECT observed_at, event_id
        FROM history WHERE entity = ?1 AND observed_at < ?2 ORDER BY observed_at, event_id LIMIT ?3)`,
    );
    this.#addTotal = db.prepare("UPDATE meta SET value = value + ? WHERE name = 'readings'");
    this.#deleteLetters = db.prepare(
      'DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE dead_at < ? ORDER BY dead_at LIMIT ?)',
    );
  }

  /** Microseconds; minus infinity keeps all. Gives the number of history rows deleted; 0: nothing is left to do. */
  prune(historyBefore: number, deadLettersBefore: number): number {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      if (Number.isFinite(deadLettersBefore)) this.#deleteLetters.run(deadLettersBefore, maxRows);
      const deleted = Number.isFinite(historyBefore) ? this.#pruneHistory(historyBefore) : 0;
      if (deleted > 0) this.#addTotal.run(-deleted);
      this.#db.exec('COMMIT');
      return deleted;
    } finally {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  }

  #pruneHistory(before: number): number {
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
