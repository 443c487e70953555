import type pg from 'pg';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import { quoted, tableName } from './table-names.ts';
import { onConflict } from './table-rows.ts';

/** Stands before the names of tables that are made anew beside those that serve. */
export const rebuildingPrefix = 'rebuilding_';

const newName = (plan: TablePlan) => tableName(plan.name, rebuildingPrefix);

/** With the constraints that the serving one has, so that what breaks one is found alone and not at the end. */
export async function makeNewMapped(
  client: pg.ClientBase,
  plans: readonly TablePlan[],
): Promise<void> {
  for (const plan of plans) {
    await client.query(`DROP TABLE IF EXISTS ${newName(plan)}`);
    await client.query(
      `CREATE UNLOGGED TABLE ${newName(plan)} (LIKE ${tableName(plan.name)} INCLUDING ALL)`,
    );
  }
}

export async function dropNewMapped(
  client: pg.ClientBase,
  plans: readonly TablePlan[],
): Promise<void> {
  for (const plan of plans) await client.query(`DROP TABLE IF EXISTS ${newName(plan)}`);
}

/**
 * Brings the rows of the serving tables to those of the new ones. Rows that stay are updated in their place, so that
 * columns of the user's own, and rows of other tables that refer to them, stay too.
 */
export async function replaceMapped(
  client: pg.ClientBase,
  plans: readonly TablePlan[],
): Promise<void> {
  for (const plan of plans) {
    const table = tableName(plan.name);
    const isSame = plan.key.map((column) => `n.${quoted(column)} = t.${quoted(column)}`);
    await client.query(
      `DELETE FROM ${table} AS t WHERE NOT EXISTS (SELECT 1 FROM ${newName(plan)} AS n WHERE ${isSame.join(' AND ')})`,
    );
    const columns = plan.columns.map(({ name }) => quoted(name)).join(', ');
    await client.query(
      `INSERT INTO ${table} AS t (${columns}) SELECT ${columns} FROM ${newName(plan)} ${onConflict(plan.columns, plan.key)}`,
    );
  }
}
