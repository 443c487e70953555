import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteReader, openSqliteWriter } from '../../../stores/sqlite/open-sqlite-store.ts';
import { sqliteRows, withStoreFile } from '../../support/mapped-rows.ts';
import { allParts, type StoreWithTables } from './store-under-test.ts';

/** The embedded store in a folder of its own; also the folder, for tests of its file. */
export async function sqliteStore(): Promise<StoreWithTables & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-store-'));
  const opened: { close(): Promise<void> }[] = [];
  return {
    folder,
    keeps: allParts,
    async openWriter(options = {}) {
      const writer = await openSqliteWriter({ folder, historyMs: null, ...options });
      opened.push(writer);
      return writer;
    },
    async openReader() {
      const reader = openSqliteReader({ folder });
      opened.push(reader);
      return reader;
    },
    async refuseEntity(entityId) {
      const db = new DatabaseSync(join(folder, 'store.db'));
      // A trigger takes no parameters; ids of tests hold no quote.
      db.exec(`CREATE TRIGGER refuse_entity BEFORE INSERT ON history
        WHEN (SELECT key FROM entities WHERE id = NEW.entity) = '${entityId}'
        BEGIN SELECT RAISE(ABORT, 'refused here'); END`);
      db.close();
    },
    tableRows: async (plan) => sqliteRows(folder, plan),
    async refuseRow(table, column, value) {
      withStoreFile(folder, (db) =>
        db.exec(`CREATE TRIGGER no_thirteen BEFORE INSERT ON "${table}" WHEN NEW."${column}" = '${value}'
          BEGIN SELECT RAISE(ABORT, 'no thirteen'); END`),
      );
    },
    async run(sql) {
      withStoreFile(folder, (db) => db.exec(sql.replaceAll('{schema}', '')));
    },
    async remove() {
      for (const one of opened) await one.close();
      await rm(folder, { recursive: true });
    },
  };
}
