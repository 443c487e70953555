import type pg from 'pg';
import { MillraceError } from '../../core/errors.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import type { Database } from './database.ts';
import {
  dropNewMapped,
  makeNewMapped,
  rebuildingPrefix,
  replaceMapped,
} from './mapped/replace-mapped.ts';
import { lockStore } from './migrate.ts';
import { schema } from './migrations.ts';
import { servingTables, tablesNamed, writtenTables } from './tables.ts';

/** Tables that a store is made anew in, beside those that serve. */
export const newTables = tablesNamed(rebuildingPrefix);

/** One rebuild at a time: `rebu` in ASCII. */
const rebuildKey = 0x72656275;

/** Makes them, empty; what an earlier, unfinished attempt left goes. */
export async function makeNewTables(
  database: Database,
  mapped: readonly TablePlan[],
): Promise<void> {
  await database.transaction(async (client) => {
    await lockStore(client);
    for (const table of writtenTables) {
      await client.query(`DROP TABLE IF EXISTS ${newTables[table]}`);
      // Nothing that a crash takes from them is missed: the next attempt begins anew.
      await client.query(
        `CREATE UNLOGGED TABLE ${newTables[table]} (LIKE ${servingTables[table]} INCLUDING ALL)`,
      );
    }
    await makeNewMapped(client, mapped);
    return { commit: true };
  });
}

export async function dropNewTables(
  database: Database,
  mapped: readonly TablePlan[],
): Promise<void> {
  await database.transaction(async (client) => {
    await drop(client, mapped);
    return { commit: true };
  });
}

/**
 * Puts the new rows in the place of the old ones, in one transaction: readers see the ones or the others, and grants and
 * views on the tables stay. Sinks wait meanwhile, and go on from the new offsets.
 */
export async function replaceTables(
  database: Database,
  mapped: readonly TablePlan[],
): Promise<void> {
  await database.transaction(async (client) => {
    await lockStore(client);
    // Every sink's transaction begins with a row of it.
    await client.query(`LOCK TABLE ${servingTables.offsets} IN EXCLUSIVE MODE`);
    for (const table of writtenTables) {
      const columns = await storedColumns(client, table);
      // A version that no sink has in memory: what it thinks to know of the row is not believed.
      const selected = columns.map((column) =>
        column === 'version' ? '(extract(epoch FROM now()) * 1000000)::bigint' : column,
      );
      await client.query(`DELETE FROM ${servingTables[table]}`);
      await client.query(
        `INSERT INTO ${servingTables[table]} (${columns.join(', ')}) SELECT ${selected.join(', ')} FROM ${newTables[table]}`,
      );
    }
    await replaceMapped(client, mapped);
    await drop(client, mapped);
    return { commit: true };
  });
}

/** All but the generated ones. */
async function storedColumns(client: pg.ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_catalog.pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [`${schema}.${table}`],
  );
  return rows.map(({ name }) => name);
}

async function drop(client: pg.ClientBase, mapped: readonly TablePlan[]): Promise<void> {
  await dropNewMapped(client, mapped);
  for (const table of writtenTables) await client.query(`DROP TABLE IF EXISTS ${newTables[table]}`);
}

/** Holds a lock for as long as the work takes. Rejects with `STORE_REFUSES` when another rebuild has it. */
export async function whileRebuilding<T>(database: Database, work: () => Promise<T>): Promise<T> {
  return database.withSession(async (client) => {
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS held',
      [rebuildKey],
    );
    if (rows[0]?.held !== true)
      throw new MillraceError(
        'STORE_REFUSES',
        `The store in ${database.server} is being made anew by another process. Wait for it to end.`,
      );
    try {
      return await work();
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [rebuildKey]);
    }
  });
}
