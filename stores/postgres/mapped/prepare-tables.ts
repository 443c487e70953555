import type pg from 'pg';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import { TableProjection } from '../../tables/table-projection.ts';
import { goneTables, tableMarks } from '../../tables/tables-mark.ts';
import type { Database } from '../database.ts';
import { EntityRows } from '../entity-rows.ts';
import { lockStore, orAskAdministrator } from '../migrate.ts';
import { schema } from '../migrations.ts';
import { servingTables } from '../tables.ts';
import { fillTable } from './fill-table.ts';
import { lackingFault, planTables, type TableStep, tableDiffers } from './plan-tables.ts';
import { tableName } from './table-names.ts';
import { TableRows } from './table-rows.ts';
import {
  changeStatements,
  createStatements,
  tightenedColumns,
  tightenStatement,
} from './table-statements.ts';

export interface PreparedTables {
  /** As the store keeps it: what its rows are made by. */
  readonly mark: string;
  /** The schema of PostGIS, quoted. */
  readonly postgis: string;
  /** What was done, a sentence each. */
  readonly notes: readonly string[];
}

interface Standing {
  readonly postgis: string;
  readonly server: string;
}

/**
 * Brings the mapped tables to what the configuration says, or finds them so; several may call it at once. Tables and
 * columns that it doesn't have any more are left. Rejects with `TABLE_DIFFERS` when a table can't be brought there, and then
 * nothing is changed, and with `STORE_NOT_PREPARED` when an administrator has something to do first.
 */
export async function prepareTables(
  database: Database,
  plans: readonly TablePlan[],
): Promise<PreparedTables> {
  const marks = tableMarks(plans);
  const mark = JSON.stringify(marks);
  const { server } = database;
  const { postgis, notes } = await database.transaction(async (client) => {
    await lockStore(client);
    const { steps, before, postgis } = await planTables(client, plans, server);
    const notes = [...goneTables(marks, before)];
    if (steps.length === 0 && JSON.stringify(before) === mark)
      return { commit: false, postgis, notes };
    // Every sink's transaction begins with a row of it: none writes rows in the way that was until now.
    await client.query(`LOCK TABLE ${servingTables.offsets} IN EXCLUSIVE MODE`);
    for (const step of steps) notes.push(...(await take(client, step, { postgis, server })));
    await client.query(
      `INSERT INTO ${schema}.meta VALUES ('tables', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [mark],
    );
    return { commit: true, postgis, notes };
  });
  return { mark, postgis, notes };
}

/** Gives what was done, a sentence each. */
async function take(
  client: pg.ClientBase,
  { plan, change, needsRows }: TableStep,
  { postgis, server }: Standing,
): Promise<string[]> {
  const name = tableName(plan.name);
  const statements =
    change === undefined
      ? createStatements(plan, postgis)
      : changeStatements(plan, change, postgis);
  for (const statement of statements) await runOrAsk(client, name, statement);
  const notes = [
    ...(change === undefined ? [`The table ${name} was made.`] : []),
    ...(change?.missing ?? []).map(
      (column) => `The table ${name} has the column ${column.name} now.`,
    ),
  ];
  if (plan.rows === 'entity' && needsRows) notes.push(...(await fill(client, plan, postgis)));
  for (const column of tightenedColumns(change)) {
    const lacking = await lackingFault(client, plan, column);
    if (lacking.length > 0) throw tableDiffers(server, lacking);
    await runOrAsk(client, name, tightenStatement(plan, column));
  }
  return notes;
}

async function fill(client: pg.ClientBase, plan: TablePlan, postgis: string): Promise<string[]> {
  const name = tableName(plan.name);
  const { rows, unfit } = await fillTable(client, {
    table: new TableProjection(plan),
    rows: new TableRows(plan, name, postgis),
    entities: new EntityRows(servingTables),
  });
  return [
    ...(rows > 0 ? [`The table ${name} has ${rows} rows of what was known already.`] : []),
    ...Array.from(
      unfit,
      ([column, count]) =>
        `${count} values from before don't fit the column ${column} of ${name}; it has null there.`,
    ),
  ];
}

async function runOrAsk(client: pg.ClientBase, table: string, statement: string): Promise<void> {
  await orAskAdministrator(
    client,
    statement,
    ({ user }, detail) =>
      `The role ${user} should be the owner of the table ${table}, to change it as the configuration has it; it is not (${detail}). ` +
      `Its owner must run: ${statement};`,
  );
}
