import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { MillraceError } from '../../core/errors.ts';
import type { Offsets } from '../../core/log/event-log.ts';
import { makeFolder } from '../../core/make-folder.ts';

/** What is known of a delivery. */
export interface KnownDelivery {
  /** Of the first time, in microseconds since 1970. */
  readonly receivedAt: number;
  /** All that it became is durable. */
  readonly done: boolean;
}

export interface DeliveryEntry extends KnownDelivery {
  readonly key: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS deliveries (hash BLOB PRIMARY KEY, received_at INTEGER NOT NULL, done INTEGER NOT NULL)
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (received_at);
  CREATE TABLE IF NOT EXISTS place (log TEXT NOT NULL, offsets TEXT NOT NULL);
`;

/** Deleted at a time, so that it never takes long. */
const forgottenAtOnce = 2_000;

/**
 * What this replica has read of `deliveries.v1`, in `deliveries.db`: of each delivery a hash of its key, so that
 * days of them take no memory and little disk. Made anew from the topic when it is missing.
 */
export class DeliveryDb {
  readonly #db: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #forget: StatementSync;
  readonly #place: StatementSync;
  readonly #path: string;

  /** Throws `DATA_DAMAGED` when the file can't be read. */
  constructor(folder: string) {
    makeFolder(folder);
    this.#path = join(folder, 'deliveries.db');
    try {
      this.#db = new DatabaseSync(this.#path);
      this.#db.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=2000;',
      );
      this.#db.exec(schema);
      this.#find = this.#db.prepare('SELECT received_at, done FROM deliveries WHERE hash = ?');
      // The first entry of a key says when it came; whether it is done any of them may say.
      this.#insert = this.#db.prepare(
        'INSERT INTO deliveries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET done = max(done, excluded.done)',
      );
      this.#forget = this.#db.prepare(
        'DELETE FROM deliveries WHERE hash IN (SELECT hash FROM deliveries WHERE received_at < ? LIMIT ?)',
      );
      this.#place = this.#db.prepare('INSERT INTO place VALUES (?, ?)');
    } catch (cause) {
      throw new MillraceError(
        'DATA_DAMAGED',
        `${this.#path} should be a SQLite database and can't be read as one. It holds what deliveries.v1 has too: move it away and start again.`,
        { cause },
      );
    }
  }

  find(key: string): KnownDelivery | undefined {
    const row = this.#find.get(hashOf(key));
    return row && { receivedAt: Number(row.received_at), done: row.done === 1 };
  }

  /** Where reading goes on in this log; undefined: at its beginning. */
  offsets(logId: string): Offsets | undefined {
    const row = this.#db.prepare('SELECT offsets FROM place WHERE log = ?').get(logId);
    return row && (JSON.parse(String(row.offsets)) as Offsets);
  }

  /** What was read of another log is forgotten. */
  reset(): void {
    this.#db.exec('DELETE FROM deliveries; DELETE FROM place;');
  }

  /** One transaction. `place`: how far the topic has been read with them. */
  save(
    entries: readonly DeliveryEntry[],
    place?: { readonly logId: string; readonly offsets: Offsets },
  ): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { key, receivedAt, done } of entries)
        this.#insert.run(hashOf(key), receivedAt, done ? 1 : 0);
      if (place) {
        this.#db.exec('DELETE FROM place');
        this.#place.run(place.logId, JSON.stringify(place.offsets));
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Forgets some of those that came before a time; whether there may be more. */
  forgetBefore(receivedAt: number): boolean {
    return Number(this.#forget.run(receivedAt, forgottenAtOnce).changes) === forgottenAtOnce;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function hashOf(key: string): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, 16);
}
