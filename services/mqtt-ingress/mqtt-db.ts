import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { MillraceError } from '../../core/errors.ts';
import { makeFolder } from '../../core/make-folder.ts';

export interface RetainedPacket {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
}

export interface SessionFilter {
  readonly clientId: string;
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

const schema = `
  CREATE TABLE IF NOT EXISTS retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (client_id TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL,
    PRIMARY KEY (client_id, filter)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subscribed (broker TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL,
    PRIMARY KEY (broker, filter)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS remembered (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * What MQTT itself must remember over a restart, in `mqtt.db`: what our own broker retains and its lasting sessions'
 * subscriptions, what we have subscribed to at an outside broker, and what formats remember of their devices. No readings:
 * those are in the log.
 *
 * It is written on the main thread with `synchronous=NORMAL`: a killed process loses nothing that was acknowledged; a
 * power failure may bring back the retained packets of some moments earlier.
 */
export class MqttDb {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Throws `DATA_DAMAGED` when the file is not a database that it can read. */
  constructor(folder: string) {
    makeFolder(folder);
    const path = join(folder, 'mqtt.db');
    try {
      this.#db = new DatabaseSync(path);
      this.#db.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=2000;',
      );
      this.#db.exec(schema);
    } catch (cause) {
      throw new MillraceError(
        'DATA_DAMAGED',
        `${path} should be a SQLite database and can't be read as one. It holds no readings: move it away and start again; devices retain anew, outside subscriptions are made anew, and devices that declare themselves at their birth are asked to do so again.`,
        { cause },
      );
    }
  }

  retained(): RetainedPacket[] {
    const rows = this.#prepare('SELECT topic, payload, qos FROM retained').all();
    return rows.map(({ topic, payload, qos }) => ({
      topic: String(topic),
      payload: Buffer.from(payload as Uint8Array),
      qos: toQos(qos),
    }));
  }

  /** One transaction. An empty payload deletes, as MQTT says. */
  saveRetained(packets: readonly RetainedPacket[]): void {
    this.#transact(() => {
      for (const { topic, payload, qos } of packets) {
        if (payload.length === 0) this.#prepare('DELETE FROM retained WHERE topic = ?').run(topic);
        else
          this.#prepare('INSERT OR REPLACE INTO retained VALUES (?, ?, ?)').run(
            topic,
            payload,
            qos,
          );
      }
    });
  }

  sessions(): SessionFilter[] {
    const rows = this.#prepare('SELECT client_id, filter, qos FROM sessions').all();
    return rows.map(({ client_id, filter, qos }) => ({
      clientId: String(client_id),
      filter: String(filter),
      qos: toQos(qos),
    }));
  }

  countSessionFilters(): number {
    return Number(this.#prepare('SELECT count(*) AS filters FROM sessions').get()?.filters);
  }

  saveSessionFilters(filters: readonly SessionFilter[]): void {
    this.#transact(() => {
      for (const { clientId, filter, qos } of filters) {
        this.#prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)').run(
          clientId,
          filter,
          qos,
        );
      }
    });
  }

  /** Returns how many there were, as does `deleteSession`. */
  deleteSessionFilters(clientId: string, filters: readonly string[]): number {
    let deleted = 0;
    this.#transact(() => {
      for (const filter of filters) {
        const sql = 'DELETE FROM sessions WHERE client_id = ? AND filter = ?';
        deleted += Number(this.#prepare(sql).run(clientId, filter).changes);
      }
    });
    return deleted;
  }

  deleteSession(clientId: string): number {
    return Number(this.#prepare('DELETE FROM sessions WHERE client_id = ?').run(clientId).changes);
  }

  /** The filters that a broker's session of ours holds, as far as we know, and their QoS. */
  subscribed(broker: string): Map<string, number> {
    const rows = this.#prepare('SELECT filter, qos FROM subscribed WHERE broker = ?').all(broker);
    return new Map(rows.map(({ filter, qos }) => [String(filter), Number(qos)]));
  }

  saveSubscribed(broker: string, filters: ReadonlyMap<string, number>): void {
    this.#transact(() => {
      this.#prepare('DELETE FROM subscribed WHERE broker = ?').run(broker);
      for (const [filter, qos] of filters) {
        this.#prepare('INSERT INTO subscribed VALUES (?, ?, ?)').run(broker, filter, qos);
      }
    });
  }

  /** What a format put under this key, source and all. */
  remembered(key: string): string | undefined {
    const row = this.#prepare('SELECT value FROM remembered WHERE key = ?').get(key);
    return row === undefined ? undefined : String(row.value);
  }

  /** How many values formats remember, and how long they are together; it reads them all. */
  measureRemembered(): { readonly values: number; readonly bytes: number } {
    const sql = 'SELECT count(*) AS n, coalesce(sum(length(value)), 0) AS bytes FROM remembered';
    const row = this.#prepare(sql).get();
    return { values: Number(row?.n), bytes: Number(row?.bytes) };
  }

  /** One transaction; undefined deletes. Returns by how much there are more values and bytes than before. */
  saveRemembered(puts: ReadonlyMap<string, string | undefined>): {
    readonly values: number;
    readonly bytes: number;
  } {
    const grown = { values: 0, bytes: 0 };
    this.#transact(() => {
      for (const [key, value] of puts) {
        const before = this.remembered(key);
        if (before === value) continue;
        if (value === undefined) this.#prepare('DELETE FROM remembered WHERE key = ?').run(key);
        else this.#prepare('INSERT OR REPLACE INTO remembered VALUES (?, ?)').run(key, value);
        grown.values += (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
        grown.bytes += (value?.length ?? 0) - (before?.length ?? 0);
      }
    });
    return grown;
  }

  /** A name made once and kept, as a client id must be. */
  name(name: string, make: () => string): string {
    this.#prepare('INSERT OR IGNORE INTO names VALUES (?, ?)').run(name, make());
    return String(this.#prepare('SELECT value FROM names WHERE name = ?').get(name)?.value);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #transact(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function toQos(value: unknown): 0 | 1 | 2 {
  return value === 1 || value === 2 ? value : 0;
}
