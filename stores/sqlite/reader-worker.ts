import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import {
  queryDeadLetter,
  queryDeadLetterGroups,
  queryDeadLetters,
  queryIngressDeadLetters,
} from './query-dead-letters.ts';
import { queryAllEntities, queryEntities, queryEntity } from './query-entities.ts';
import { querySeries } from './query-series.ts';
import { queryTotals } from './query-totals.ts';
import { emptyStore, type ReaderCalls, type ReaderData } from './reader-protocol.ts';
import { serveCalls } from './serve-calls.ts';
import { storeFailure } from './sqlite-failure.ts';
import { readAccount, readOffsets } from './store-account.ts';
import { openStoreForReading } from './store-file.ts';

const { file } = workerData as ReaderData;
let open: { readonly db: DatabaseSync; readonly inode: number } | undefined;

/** The file as it is now: none before a writer ran, another one after `millrace rebuild`. */
function currentStore(): DatabaseSync | undefined {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  if (open !== undefined && open.inode === inode) return open.db;
  open?.db.close();
  open = undefined;
  if (inode === undefined) return undefined;
  const db = openStoreForReading(file);
  if (db !== undefined) open = { db, inode };
  return db;
}

/** Runs a query on one snapshot. */
function reading<T>(query: (db: DatabaseSync) => T, whenEmpty: NoInfer<T>): T {
  const db = currentStore();
  if (db === undefined) return whenEmpty;
  db.exec('BEGIN');
  try {
    return query(db);
  } finally {
    db.exec('COMMIT');
  }
}

const calls: ReaderCalls = {
  entities: (query) => reading((db) => queryEntities(db, query), emptyStore.page),
  entity: (entityType, entityId) =>
    reading((db) => queryEntity(db, entityType, entityId), undefined),
  snapshot: (query) =>
    reading(
      (db) => ({ entities: queryAllEntities(db, query), offsets: readOffsets(db) }),
      emptyStore.snapshot,
    ),
  series: (query) => reading((db) => querySeries(db, query), []),
  deadLetters: (query) => reading((db) => queryDeadLetters(db, query), emptyStore.page),
  deadLetter: (id) => reading((db) => queryDeadLetter(db, id), undefined),
  deadLetterGroups: (filter) => reading((db) => queryDeadLetterGroups(db, filter), []),
  ingressDeadLetters: () => reading(queryIngressDeadLetters, emptyStore.account),
  totals: () => reading(queryTotals, emptyStore.totals),
  account: () => reading(readAccount, emptyStore.account),
  close: () => open?.db.close(),
};

if (parentPort) serveCalls(parentPort, { ...calls }, (error) => storeFailure(error, file));
