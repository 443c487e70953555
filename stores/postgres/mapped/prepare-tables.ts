import type pg from 'pg';
import { MillraceError } from '../../../core/errors.ts';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import { TableProjection } from '../../tables/table-projection.ts';
import {
  goneTables,
  isSameMark,
  marksFromText,
  type TableMarks,
  tableMarks,
} from '../../tables/tables-mark.ts';
import type { Database } from '../database.ts';
import { EntityRows } from '../entity-rows.ts';
import { lockStore, orAskAdministrator, postgisSchema } from '../migrate.ts';
import { schema } from '../migrations.ts';
import { servingTables } from '../tables.ts';
import { compareShape, type ShapeChange } from './compare-shape.ts';
import { fillTable } from './fill-table.ts';
import { tableName } from './table-names.ts';
import { TableRows } from './table-rows.ts';
import { type TableShape, tableShape } from './table-shape.ts';
import { changeStatements, createStatements, tightenStatements } from './table-statements.ts';

export interface PreparedTables {
  /** As the store keeps it: what its rows are made by. */
  readonly mark: string;
  /** The schema of PostGIS, quoted. */
  readonly postgis: string;
  /** What was done, a sentence each. */
  readonly notes: readonly string[];
}

interface Step {
  readonly plan: TablePlan;
  /** Undefined: the table is to be made. */
  readonly change: ShapeChange | undefined;
  readonly needsRows: boolean;
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
  const { postgis, notes } = await database.transaction(async (client) => {
    await lockStore(client);
    const postgis = (await postgisSchema(client)) ?? 'public';
    const before = marksFromText(await storedMark(client));
    const steps = await plan(client, plans, { marks, before, postgis, server: database.server });
    const notes = [...goneTables(marks, before)];
    if (steps.length === 0 && JSON.stringify(before) === mark)
      return { commit: false, postgis, notes };
    // Every sink's transaction begins with a row of it: none writes rows in the way that was until now.
    await client.query(`LOCK TABLE ${servingTables.offsets} IN EXCLUSIVE MODE`);
    for (const step of steps) notes.push(...(await take(client, step, postgis)));
    await client.query(
      `INSERT INTO ${schema}.meta VALUES ('tables', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [mark],
    );
    return { commit: true, postgis, notes };
  });
  return { mark, postgis, notes };
}

async function storedMark(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string }>(
    `SELECT value FROM ${schema}.meta WHERE name = 'tables'`,
  );
  return rows[0]?.value;
}

/** What is to be done; throws all that is in the way at once. */
async function plan(
  client: pg.ClientBase,
  plans: readonly TablePlan[],
  known: { marks: TableMarks; before: TableMarks; postgis: string; server: string },
): Promise<Step[]> {
  const { marks, before, postgis, server } = known;
  const steps: Step[] = [];
  const faults: string[] = [];
  for (const table of plans) {
    const shape = await tableShape(client, table.name);
    const isSame = isSameMark(marks, before, table.name);
    if (shape === undefined) {
      steps.push({ plan: table, change: undefined, needsRows: true });
      continue;
    }
    const isOurs = Object.hasOwn(before, table.name);
    const change = compareShape(table, shape, { isOurs, postgis });
    faults.push(...change.faults, ...(await faultsOfReadings(client, table, change)));
    if (change.faults.length === 0) refuseUnprivileged(table, shape, server);
    const needsRows = !isSame || change.missing.length > 0;
    const { relaxed, tightened } = change;
    if (needsRows || relaxed.length > 0 || tightened.length > 0)
      steps.push({ plan: table, change, needsRows });
  }
  if (faults.length > 0) throw tableDiffers(server, faults);
  return steps;
}

/** What a column lacked when a reading was stored, nothing here can give it. */
async function faultsOfReadings(
  client: pg.ClientBase,
  { name, rows }: TablePlan,
  { missing, tightened, faults }: ShapeChange,
): Promise<string[]> {
  if (rows === 'entity' || faults.length > 0) return [];
  const table = tableName(name);
  const required = [
    ...missing.filter((column) => column.required).map((column) => ({ column, where: '' })),
    ...tightened.map((column) => ({ column, where: ` WHERE "${column.name}" IS NULL` })),
  ];
  const found: string[] = [];
  for (const { column, where } of required) {
    const lacking = await client.query(`SELECT 1 FROM ${table}${where} LIMIT 1`);
    if (lacking.rows.length > 0)
      found.push(
        `${table} has rows of readings without ${column.name}, which the configuration says is required. Declare it without required, or delete those rows.`,
      );
  }
  return found;
}

export function tableDiffers(server: string, faults: readonly string[]): MillraceError {
  return new MillraceError(
    'TABLE_DIFFERS',
    [
      `The tables in ${server} should be as the configuration maps them. Nothing was changed:`,
      ...faults,
    ].join('\n  - '),
  );
}

function refuseUnprivileged({ name }: TablePlan, { lacks }: TableShape, server: string): void {
  if (lacks.length === 0) return;
  const table = tableName(name);
  throw new MillraceError(
    'STORE_NOT_PREPARED',
    `The role of the sink should be allowed to write the table ${table} in ${server}; it lacks ${lacks.join(', ')}. ` +
      `The table's owner must run: GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO <the role of MILLRACE_POSTGRES_URL>;`,
  );
}

/** Gives what was done, a sentence each. */
async function take(
  client: pg.ClientBase,
  { plan, change, needsRows }: Step,
  postgis: string,
): Promise<string[]> {
  const name = tableName(plan.name);
  const statements =
    change === undefined
      ? createStatements(plan, postgis)
      : changeStatements(plan, change, postgis);
  for (const statement of statements) await runOrAsk(client, name, statement);
  const notes: string[] = [];
  if (change === undefined) notes.push(`The table ${name} was made.`);
  for (const column of change?.missing ?? [])
    notes.push(`The table ${name} has the column ${column.name} now.`);
  if (plan.rows === 'entity' && needsRows) {
    const table = new TableProjection(plan);
    const rows = new TableRows(plan, name, postgis);
    const filled = await fillTable(client, {
      table,
      rows,
      entities: new EntityRows(servingTables),
    });
    if (filled.rows > 0)
      notes.push(`The table ${name} has ${filled.rows} rows of what was known already.`);
    for (const [column, count] of filled.unfit)
      notes.push(
        `${count} values from before don't fit the column ${column} of ${name}; it has null there.`,
      );
  }
  for (const statement of tightenStatements(plan, change)) await runOrAsk(client, name, statement);
  return notes;
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
