import {
  openPostgresReader,
  openPostgresWriter,
  type PostgresStoreWriter,
} from '../../../stores/postgres/open-postgres-store.ts';
import type { StoreReader } from '../../../stores/store.ts';
import { postgresRows } from '../../support/mapped-rows.ts';
import { makeDatabase, type TestDatabase } from '../../support/postgres-database.ts';
import type { StoreWithTables, WriterOptions } from './store-under-test.ts';

export interface PostgresUnderTest extends StoreWithTables {
  readonly database: TestDatabase;
  openWriter(
    options?: WriterOptions & { readonly logId?: string; readonly deadLettersMs?: number },
  ): Promise<PostgresStoreWriter>;
}

/** A real Postgres; a database of its own for each test. */
export async function postgresStore(): Promise<PostgresUnderTest> {
  const database = await makeDatabase();
  const { url } = database;
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T) => {
    opened.push(one);
    return one;
  };
  return {
    database,
    keeps: ['latest', 'dead letters'],
    openWriter: async (options = {}) =>
      keep(await openPostgresWriter({ url, historyMs: null, ...options })),
    openReader: async () => {
      const reader = keep(openPostgresReader({ url }));
      const series = () => Promise.reject(new Error('Postgres keeps no series'));
      return Object.assign(reader, { series }) as StoreReader;
    },
    refuseEntity: async (entityId) => {
      await database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RAISE check_violation USING MESSAGE = ''refused here''; END'`);
      // A trigger takes no parameters; ids of tests hold no quote.
      await database.query(`CREATE TRIGGER refuse BEFORE INSERT ON millrace.entities
        FOR EACH ROW WHEN (NEW.entity_id = '${entityId}') EXECUTE FUNCTION refuse()`);
    },
    tableRows: (plan) => postgresRows(database.query, plan),
    refuseRow: async (table, column, value) => {
      await database.query(`CREATE FUNCTION no_thirteen() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RAISE check_violation USING MESSAGE = ''no thirteen''; END'`);
      await database.query(`CREATE TRIGGER no_thirteen BEFORE INSERT ON millrace."${table}"
        FOR EACH ROW WHEN (NEW."${column}" = ${value}) EXECUTE FUNCTION no_thirteen()`);
    },
    run: async (sql) => {
      await database.query(sql.replaceAll('{schema}', 'millrace.'));
    },
    remove: async () => {
      for (const one of opened) await one.close();
      await database.remove();
    },
  };
}
