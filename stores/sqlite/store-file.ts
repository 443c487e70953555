import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '../../core/errors.ts';
import { damagedStore, storeFailure } from './sqlite-failure.ts';

/** Stands in the file as `user_version`; rises when the tables below change. */
const storeVersion = 1;

// `history` is kept in the order in which series read it, and a repeat of a reading finds its key taken.
// `places` holds boxes a little larger than the entity (see place-index.ts).
const tables = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('readings', 0);
CREATE TABLE origins (id INTEGER PRIMARY KEY, source TEXT NOT NULL, schema_id INTEGER NOT NULL,
  UNIQUE (source, schema_id));
CREATE TABLE entities (id INTEGER PRIMARY KEY, type TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL,
  observed_at INTEGER NOT NULL, received_at INTEGER NOT NULL, lat REAL, lon REAL, state TEXT NOT NULL,
  UNIQUE (type, key));
CREATE TABLE history (entity INTEGER NOT NULL, observed_at INTEGER NOT NULL, event_id TEXT NOT NULL,
  origin INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (entity, observed_at, event_id)) WITHOUT ROWID;
CREATE VIRTUAL TABLE places USING rtree(entity, min_lon, max_lon, min_lat, max_lat);
CREATE TABLE zones (zone TEXT NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (zone, entity)) WITHOUT ROWID;
CREATE TABLE offsets (topic TEXT NOT NULL, "partition" INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  PRIMARY KEY (topic, "partition")) WITHOUT ROWID;
CREATE TABLE counts (source TEXT PRIMARY KEY, stored INTEGER NOT NULL, expired INTEGER NOT NULL,
  dead_lettered INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ingress_counts (source TEXT PRIMARY KEY, dead_lettered INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE dead_letters (id TEXT PRIMARY KEY, source TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
  detail TEXT NOT NULL, place TEXT, topic TEXT, content_type TEXT NOT NULL, bytes BLOB NOT NULL,
  total_bytes INTEGER NOT NULL, sha256 TEXT, event_id TEXT, received_at INTEGER NOT NULL, dead_at INTEGER NOT NULL);
CREATE INDEX dead_letters_newest ON dead_letters (dead_at DESC, id DESC);
`;

/**
 * What came later, and what an older Millrace passes over without harm: so the version is the same. `dead_letters` has
 * `part` and `parts` beside its first columns.
 */
const laterTables = `
CREATE TABLE IF NOT EXISTS dead_letter_marks (id TEXT PRIMARY KEY, state TEXT NOT NULL, dead_at INTEGER NOT NULL,
  at INTEGER NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dead_letter_marks_oldest ON dead_letter_marks (at);
`;

/** Throws what SQLite throws. */
function addLaterTables(db: DatabaseSync): void {
  const columns = db.prepare("SELECT name FROM pragma_table_info('dead_letters')").all();
  const missing = ['part', 'parts'].filter((name) => !columns.some((one) => one.name === name));
  const added = missing.map((name) => `ALTER TABLE dead_letters ADD COLUMN ${name} INTEGER;`);
  db.exec(`BEGIN IMMEDIATE; ${added.join(' ')} ${laterTables} COMMIT;`);
}

export function storePath(folder: string): string {
  return join(folder, 'store.db');
}

/**
 * Opens the file for writing and makes its tables when it is new.
 * Throws `DATA_DAMAGED` or `STORE_UNAVAILABLE`.
 */
export function openStoreForWriting(file: string): DatabaseSync {
  return opened(file, {}, (db) => {
    // NORMAL: a power cut may take the last commits, and their offsets with them; the log, which is synced, has
    // the records. A larger WAL writes a page that many batches touch once.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
      PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 33554432; PRAGMA temp_store = MEMORY;`);
    const version = versionOf(db);
    if (version === 0) {
      db.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${storeVersion}; COMMIT;`);
    } else {
      checkVersion(version, file);
      checkContents(db, file);
    }
    addLaterTables(db);
  });
}

/** Opens the file for reading; undefined while there is no store in it yet. Throws as the writing one does. */
export function openStoreForReading(file: string): DatabaseSync | undefined {
  if (!existsSync(file)) return undefined;
  let version = 0;
  const db = opened(file, { readOnly: true }, (reading) => {
    reading.exec('PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;');
    version = versionOf(reading);
    if (version !== 0) checkVersion(version, file);
  });
  if (version !== 0) return db;
  db.close();
  return undefined;
}

function opened(
  file: string,
  options: { readOnly?: boolean },
  prepare: (db: DatabaseSync) => void,
): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 5000, ...options });
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw storeFailure(error, file);
  }
}

/** A larger file is checked as it is read: the whole of it would hold up the start. */
const wholeCheckBytes = 64 * 1024 * 1024;

function checkContents(db: DatabaseSync, file: string): void {
  if (statSync(file).size > wholeCheckBytes) return;
  const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw damagedStore(file, String(found));
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

function checkVersion(version: number, file: string): void {
  if (version === storeVersion) return;
  throw new MillraceError(
    'DATA_DAMAGED',
    `${file} should be a store of version ${storeVersion}; it is of version ${version}. ` +
      'Use the Millrace that wrote it, or run `millrace rebuild`, which makes the store anew from the log.',
  );
}
