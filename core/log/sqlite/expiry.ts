import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction } from './transaction.ts';

/** Entries that one step looks at. */
const stepEntries = 2000;
/** The next step comes at once while so many of them were deleted; else with the next upkeep. */
const manyDeleted = stepEntries / 10;

/** Sweeps away state that has expired or whose version is gone, walking round the table. Runs in the log's worker. */
export class Expiry {
  readonly #database: DatabaseSync;
  readonly #next: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfSpace: StatementSync;
  readonly #deleteSpace: StatementSync;
  readonly #deadSpaces: number[] = [];
  #space = 0;
  #key = new Uint8Array([0]);

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#next = database.prepare(
      'SELECT space, key, expires_ms FROM state WHERE (space, key) > (?, ?) ORDER BY space, key LIMIT ?',
    );
    this.#delete = database.prepare('DELETE FROM state WHERE space = ? AND key = ?');
    this.#deleteOfSpace = database.prepare(
      'DELETE FROM state WHERE space = ?1 AND key IN (SELECT key FROM state WHERE space = ?1 LIMIT ?2)',
    );
    this.#deleteSpace = database.prepare('DELETE FROM spaces WHERE id = ?');
  }

  /** A step has gone over to another version; these are its others. */
  abandon(spaces: readonly number[]): void {
    for (const space of spaces) if (!this.#deadSpaces.includes(space)) this.#deadSpaces.push(space);
  }

  /** A version that was abandoned is used after all. */
  keep(space: number): void {
    const index = this.#deadSpaces.indexOf(space);
    if (index >= 0) this.#deadSpaces.splice(index, 1);
  }

  /** Returns true when there is more to do now. */
  step(nowMs: number): boolean {
    const dead = this.#deadSpaces[0];
    return dead === undefined ? this.#sweep(nowMs) : this.#bury(dead);
  }

  #bury(space: number): boolean {
    transaction(this.#database, () => {
      const { changes } = this.#deleteOfSpace.run(space, stepEntries);
      if (Number(changes) > 0) return;
      this.#deleteSpace.run(space);
      this.#deadSpaces.shift();
    });
    return this.#deadSpaces.length > 0;
  }

  #sweep(nowMs: number): boolean {
    const rows = this.#next.all(this.#space, this.#key, stepEntries);
    const last = rows.at(-1);
    const expired = rows.filter(
      (row) => row.expires_ms !== null && Number(row.expires_ms) <= nowMs,
    );
    if (expired.length > 0) {
      transaction(this.#database, () => {
        for (const row of expired) this.#delete.run(Number(row.space), row.key as Uint8Array);
      });
    }
    const isRound = rows.length < stepEntries || !last;
    this.#space = isRound ? 0 : Number(last.space);
    this.#key = isRound ? new Uint8Array([0]) : (last.key as Uint8Array<ArrayBuffer>);
    return expired.length >= manyDeleted && !isRound;
  }
}
