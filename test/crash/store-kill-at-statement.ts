import {
  DatabaseSync,
  type SQLInputValue,
  type StatementResultingChanges,
  StatementSync,
} from 'node:sqlite';
import { enrichedTopic } from '../../core/topics.ts';
import { MappedTables } from '../../stores/sqlite/mapped/mapped-tables.ts';
import { packBatch, UnpackedBatch } from '../../stores/sqlite/packed-batch.ts';
import { ReadingsWriter } from '../../stores/sqlite/readings-writer.ts';
import { readAccount } from '../../stores/sqlite/store-account.ts';
import { openStoreForWriting, storePath } from '../../stores/sqlite/store-file.ts';
import { readingBatch } from '../contract/store/store-under-test.ts';
import { makeReading } from '../support/make-reading.ts';

/** Writes two batches to the store of a folder, and kills itself (-9) before the given statement. Exits 0 when it came through. */
const [folder = '', statement] = process.argv.slice(2);
const db = openStoreForWriting(storePath(folder));
const writer = new ReadingsWriter(db, new MappedTables(db, []), 100);
const offset = readAccount(db).offsets[enrichedTopic]?.[0] ?? 0;

let left = Number(statement);
const step = () => {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
};
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  step();
  exec.call(this, sql);
};
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...values: SQLInputValue[]) {
  step();
  return (run as (...values: SQLInputValue[]) => StatementResultingChanges).apply(this, values);
} as typeof run;

for (const from of [offset, offset + 3]) {
  const readings = [0, 1, 2].map((n) =>
    makeReading({
      eventId: `event-${from + n}`,
      entityId: `bus-${n % 2}`,
      observedAt: 1e15 + from + n,
      numbers: { n: from + n },
    }),
  );
  const batch = new UnpackedBatch(packBatch(readingBatch(readings, from)));
  writer.write({ batch, setAside: new Set(), expiredBefore: 0 });
}
