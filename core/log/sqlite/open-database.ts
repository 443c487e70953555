import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { MillraceError } from '../../errors.ts';
import { damaged, toMillraceError } from './database-errors.ts';
import type { WorkerSettings } from './protocol.ts';

const formatVersion = 1;
/** A file up to this size is checked whole at open; a larger one by its header, its length and its newest batches. */
const wholeCheckBytes = 64 * 1024 * 1024;
const magic = 'SQLite format 3\0';

const tables = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topics (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, cleanup TEXT NOT NULL,
  retention_ms INTEGER, retention_bytes INTEGER);
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topics(id), partition INTEGER NOT NULL,
  start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, bytes INTEGER NOT NULL, clean_offset INTEGER NOT NULL,
  clean_records INTEGER NOT NULL,   last_commit INTEGER NOT NULL, UNIQUE (topic_id, partition));
CREATE TABLE batches (
  id INTEGER PRIMARY KEY, partition_id INTEGER NOT NULL, base_offset INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  commit_id INTEGER NOT NULL, newest_ms REAL NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL, records BLOB NOT NULL);
CREATE UNIQUE INDEX batches_in_order
  ON batches (partition_id, base_offset, next_offset, commit_id, newest_ms, bytes);
CREATE TABLE offsets (
  group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  PRIMARY KEY (group_name, topic, partition)) WITHOUT ROWID;
CREATE TABLE spaces (
  id INTEGER PRIMARY KEY, group_name TEXT NOT NULL, partition INTEGER NOT NULL, step TEXT NOT NULL,
  version INTEGER NOT NULL, UNIQUE (group_name, partition, step, version));
CREATE TABLE state (
  space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, expires_ms REAL, PRIMARY KEY (space, key)) WITHOUT ROWID;
`;

/**
 * Opens `log.db`, makes its tables when it is new, and checks it.
 * Throws `DATA_DAMAGED`, `LOG_FULL`, or `LOG_UNAVAILABLE` (also for a reader when there is no log yet).
 */
export function openDatabase(settings: WorkerSettings): DatabaseSync {
  const { file, readOnly } = settings;
  if (readOnly && !existsSync(file)) {
    throw noLog(file);
  }
  if (!readOnly) checkNotEmptied(file);
  checkHeader(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly, timeout: 5000 });
    if (!readOnly) prepareForWriting(database, settings);
    checkVersion(database, file);
    if (!readOnly) checkContents(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw toMillraceError(error, file);
  }
}

export function noLog(file: string): MillraceError {
  return new MillraceError(
    'LOG_UNAVAILABLE',
    `There is no log at ${file}. Start Millrace on this data folder first, or name another with --data-dir.`,
  );
}

function prepareForWriting(database: DatabaseSync, { maxPageCount }: WorkerSettings): void {
  // FULL: a commit is on the disk before it is answered. Blobs are many pages, hence checkpoints of 16 MB.
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;`);
  if (maxPageCount !== undefined) database.exec(`PRAGMA max_page_count = ${maxPageCount}`);
  const isNew = database.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.n === 0;
  if (!isNew) return;
  database.exec('BEGIN IMMEDIATE');
  database.exec(tables);
  const insert = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
  insert.run('log_id', randomUUID());
  database.exec(`PRAGMA user_version = ${formatVersion}`);
  database.exec('COMMIT');
}

/**
 * An empty file is what a start that was killed leaves, but then there is no store yet; beside one it was a log.
 * SQLite would take it for a new one, and remove its write-ahead log too.
 */
function checkNotEmptied(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size !== 0) return;
  if (statSync(join(dirname(file), 'store.db'), { throwIfNoEntry: false })?.size)
    throw damaged(file, 'it is empty, though a store stands beside it');
}

function checkHeader(file: string): void {
  if (!existsSync(file)) return;
  const head = Buffer.alloc(magic.length);
  const descriptor = openSync(file, 'r');
  const length = readSync(descriptor, head, 0, head.length, 0);
  closeSync(descriptor);
  if (length > 0 && head.toString('latin1') !== magic)
    throw damaged(file, 'it does not begin as a SQLite database does');
}

function checkVersion(database: DatabaseSync, file: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version !== formatVersion) {
    throw new MillraceError(
      'LOG_UNAVAILABLE',
      `The log ${file} has format ${version}; this version of Millrace reads format ${formatVersion}. Use the version of Millrace that wrote it.`,
    );
  }
}

function checkContents(database: DatabaseSync, file: string): void {
  const size = statSync(file).size;
  if (size <= wholeCheckBytes) {
    const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (found !== 'ok') throw damaged(file, String(found));
  }
  const isWhole = database
    .prepare('SELECT page_count * page_size <= ? AS fits FROM pragma_page_count, pragma_page_size')
    .get(size);
  // Pages in the write-ahead log are not in the file yet.
  const isLogEmpty = !existsSync(`${file}-wal`) || statSync(`${file}-wal`).size === 0;
  if (isLogEmpty && isWhole?.fits !== 1) throw damaged(file, 'it has been cut off');
  const newest = database.prepare(`SELECT b.crc, b.records, b.next_offset = p.end_offset AS fits
    FROM partitions p JOIN batches b ON b.partition_id = p.id AND b.base_offset =
      (SELECT max(base_offset) FROM batches WHERE partition_id = p.id)`);
  for (const row of newest.all()) {
    if (row.fits !== 1 || crc32(row.records as Uint8Array) !== row.crc)
      throw damaged(file, 'the newest records are not what was written');
  }
}
