import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DeadLetterMark, markRecord } from '../../../core/dead-letters/dead-letter-mark.ts';
import { deadLetterRecord, makeDeadLetter } from '../../../core/make-dead-letter.ts';
import { deadLetterMarksTopic, deadLettersTopic } from '../../../core/topics.ts';
import { MappedTables } from '../../../stores/sqlite/mapped/mapped-tables.ts';
import { openSqliteReader, openSqliteWriter } from '../../../stores/sqlite/open-sqlite-store.ts';
import { packBatch, UnpackedBatch } from '../../../stores/sqlite/packed-batch.ts';
import { queryTotals } from '../../../stores/sqlite/query-totals.ts';
import { ReadingsWriter } from '../../../stores/sqlite/readings-writer.ts';
import { storeFailure } from '../../../stores/sqlite/sqlite-failure.ts';
import { readAccount } from '../../../stores/sqlite/store-account.ts';
import { openStoreForWriting } from '../../../stores/sqlite/store-file.ts';
import { sqliteStore } from '../../contract/store/sqlite-store-under-test.ts';
import { readingBatch } from '../../contract/store/store-under-test.ts';
import { makeReading } from '../../support/make-reading.ts';

const some = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `e${from + n}`,
      entityId: `${n % 50}`,
      texts: { long: 'x'.repeat(500) },
    }),
  );

test('a file that is no database is DATA_DAMAGED, and names the file and what makes it anew', async () => {
  const store = await sqliteStore();
  const file = join(store.folder, 'store.db');
  await writeFile(
    file,
    'this is no database, and long enough to be read as a header of one hundred bytes'.repeat(3),
  );
  for (const attempt of [
    () => openSqliteWriter({ folder: store.folder, historyMs: null }),
    async () => (await store.openReader()).totals(),
  ]) {
    await assert.rejects(attempt, (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATA_DAMAGED');
      assert.ok(error.message.includes(file));
      assert.match(error.message, /millrace rebuild/);
      return true;
    });
  }
  await store.remove();
});

test('a file damaged inside refuses to be opened for writing, and is DATA_DAMAGED to who reads it', async () => {
  const store = await sqliteStore();
  const writer = await store.openWriter();
  await writer.writeReadings(readingBatch(some(2000)));
  await writer.close();
  const file = join(store.folder, 'store.db');
  const { length } = await readFile(file);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(length - 8192, 0xa5), 0, length - 8192, 8192);
  await handle.close();
  const reader = await store.openReader();
  await assert.rejects(reader.entities({ limit: 5 }), { code: 'DATA_DAMAGED' });
  await assert.rejects(openSqliteWriter({ folder: store.folder, historyMs: null }), {
    code: 'DATA_DAMAGED',
  });
  await store.remove();
});

test('a full disk is STORE_UNAVAILABLE, nothing is half-written, and it goes on when there is room', async () => {
  const store = await sqliteStore();
  const file = join(store.folder, 'store.db');
  const db = openStoreForWriting(file);
  const writer = new ReadingsWriter(db, new MappedTables(db, []), 100);
  const write = (from: number) => {
    const batch = new UnpackedBatch(packBatch(readingBatch(some(400, from), from)));
    return writer.write({ batch, setAside: new Set(), expiredBefore: 0 });
  };
  write(0);
  const account = readAccount(db);
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages + 10}`);
  assert.throws(
    () => {
      try {
        write(400);
      } catch (error) {
        throw storeFailure(error, file);
      }
    },
    { code: 'STORE_UNAVAILABLE' },
  );
  assert.deepEqual(readAccount(db), account);
  assert.equal(queryTotals(db).readings, 400);
  db.exec('PRAGMA max_page_count = 1000000');
  write(400);
  assert.equal(queryTotals(db).readings, 800);
  db.close();
  await store.remove();
});

test('a file that another process locks is STORE_UNAVAILABLE, and the same call succeeds later', async () => {
  const store = await sqliteStore();
  const writer = await store.openWriter();
  await writer.writeReadings(readingBatch(some(100)));
  const account = await writer.account();
  const blocker = new DatabaseSync(join(store.folder, 'store.db'));
  blocker.exec('BEGIN IMMEDIATE');
  const waiting = writer.writeReadings(readingBatch(some(100, 100), 100));
  await assert.rejects(waiting, { code: 'STORE_UNAVAILABLE' });
  blocker.exec('ROLLBACK');
  blocker.close();
  assert.deepEqual(await writer.account(), account);
  await writer.writeReadings(readingBatch(some(100, 100), 100));
  assert.equal((await writer.account()).sources.buses?.stored, 200);
  await store.remove();
});

test('a reader in another process sees what was committed, while the writer holds the file', async () => {
  const store = await sqliteStore();
  const writer = await store.openWriter();
  await writer.writeReadings(readingBatch(some(30)));
  const script = fileURLToPath(new URL('./print-totals.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=millrace-source',
    script,
    store.folder,
  ]);
  assert.equal(JSON.parse(stdout).readings, 30);
  await store.remove();
});

test('a store that followed another log begins anew with offsets and counts, and keeps its rows', async () => {
  const store = await sqliteStore();
  const { folder } = store;
  const first = await openSqliteWriter({ folder, historyMs: null, logId: 'one' });
  await first.writeReadings(readingBatch(some(30)));
  await first.close();
  const same = await openSqliteWriter({ folder, historyMs: null, logId: 'one' });
  assert.equal((await same.account()).sources.buses?.stored, 30);
  await same.close();
  const other = await openSqliteWriter({ folder, historyMs: null, logId: 'two' });
  assert.deepEqual(await other.account(), { offsets: {}, sources: {} });
  await other.close();
  const reader = openSqliteReader({ folder });
  assert.equal((await reader.totals()).readings, 30);
  await reader.close();
  await store.remove();
});

test('an entity that fell out of memory is merged with what the file holds', async () => {
  const store = await sqliteStore();
  const writer = await openSqliteWriter({
    folder: store.folder,
    historyMs: null,
    cachedEntities: 2,
  });
  const readings = Array.from({ length: 40 }, (_, n) =>
    makeReading({
      eventId: `e${n}`,
      entityId: `${n % 10}`,
      observedAt: 1e15 + n,
      numbers: { [`n${Math.floor(n / 10)}`]: n },
    }),
  );
  for (const [n, reading] of readings.entries())
    await writer.writeReadings(readingBatch([reading], n));
  const reader = await store.openReader();
  assert.deepEqual((await reader.entity('bus', '3'))?.numbers, { n0: 3, n1: 13, n2: 23, n3: 33 });
  await writer.close();
  await store.remove();
});

test('a file that grows beyond its bound loses its oldest history, and keeps the latest', async () => {
  const store = await sqliteStore();
  const maxBytes = 1_000_000;
  const writer = await openSqliteWriter({ folder: store.folder, historyMs: null, maxBytes });
  const readings = some(4000).map((reading, n) => ({ ...reading, observedAt: 1e15 + n }));
  await writer.writeReadings(readingBatch(readings));
  while ((await writer.prune(1e12)) > 0);
  const reader = await store.openReader();
  const { readings: kept, entities, newest, oldest } = await reader.totals();
  assert.ok(kept > 1000 && kept < 2000, `${kept} of some 650 bytes each`);
  assert.equal(entities, 50);
  assert.equal(newest, 1e15 + 3999);
  assert.equal(oldest, 1e15 + 4000 - kept);
  await writer.close();
  await store.remove();
});

test('a store of before dead letters could be replayed is read as it is, and gets what it lacks when it is written', async () => {
  const store = await sqliteStore();
  const writer = await store.openWriter();
  const dead = makeDeadLetter({
    source: 'air',
    stage: 'ingress',
    reason: 'payload-not-json',
    detail: 'd',
    contentType: 'application/json',
    bytes: Buffer.from('x'),
    parts: 1,
    receivedAt: 1,
    deadAt: 2,
  });
  const { key, value, timestampMs } = deadLetterRecord(dead);
  await writer.writeDeadLetters({
    topic: deadLettersTopic,
    partition: 0,
    records: [{ offset: 0, key, value: Buffer.from(value ?? []), timestampMs }],
    nextOffset: 1,
  });
  await writer.close();
  const db = new DatabaseSync(join(store.folder, 'store.db'));
  db.exec(`DROP TABLE dead_letter_marks;
    ALTER TABLE dead_letters DROP COLUMN part; ALTER TABLE dead_letters DROP COLUMN parts`);
  db.close();
  const reader = await store.openReader();
  const before = await reader.deadLetter(dead.id);
  assert.deepEqual([before?.state, before?.part, before?.parts], ['open', null, null]);
  assert.equal((await reader.deadLetterGroups({ state: 'open' })).length, 1);
  const again = await store.openWriter();
  const mark = { id: dead.id, state: 'discarded', deadAt: 2, at: 3, action: 'a', reason: 'r' };
  const record = markRecord(mark as DeadLetterMark);
  await again.writeDeadLetterMarks({
    topic: deadLetterMarksTopic,
    partition: 0,
    records: [{ ...record, offset: 0, value: Buffer.from(record.value ?? []) }],
    nextOffset: 1,
  });
  assert.equal((await reader.deadLetter(dead.id))?.state, 'discarded');
  await store.remove();
});
