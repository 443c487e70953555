import type pg from 'pg';
import { MillraceError } from '../../../core/errors.ts';
import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import {
  isSameMark,
  marksFromText,
  type TableMarks,
  tableMarks,
} from '../../tables/tables-mark.ts';
import { postgisSchema } from '../migrate.ts';
import { schema } from '../migrations.ts';
import { compareShape, type ShapeChange } from './compare-shape.ts';
import { quoted, tableName } from './table-names.ts';
import { type TableShape, tableShape } from './table-shape.ts';

/** What is to be done with a table. */
export interface TableStep {
  readonly plan: TablePlan;
  /** Undefined: the table is to be made. */
  readonly change: ShapeChange | undefined;
  readonly needsRows: boolean;
}

export interface TableSteps {
  readonly steps: readonly TableStep[];
  /** What the rows are made by until now. */
  readonly before: TableMarks;
  /** The schema of PostGIS, quoted. */
  readonly postgis: string;
}

/**
 * Compares the tables with the configuration; changes nothing. Throws `TABLE_DIFFERS` with all that is in the way, or
 * `STORE_NOT_PREPARED`. Called at a sink's start, and by `millrace check --connect`.
 */
export async function planTables(
  client: pg.ClientBase,
  plans: readonly TablePlan[],
  server: string,
): Promise<TableSteps> {
  const before = marksFromText(await storedMark(client));
  const postgis = (await postgisSchema(client)) ?? 'public';
  const marks = tableMarks(plans);
  const steps: TableStep[] = [];
  const faults: string[] = [];
  for (const plan of plans) {
    const shape = await tableShape(client, plan.name);
    if (shape === undefined) {
      steps.push({ plan, change: undefined, needsRows: true });
      continue;
    }
    const isOurs = Object.hasOwn(before, plan.name);
    const change = compareShape(plan, shape, { isOurs, postgis });
    faults.push(...change.faults, ...(await faultsOfReadings(client, plan, change)));
    if (change.faults.length === 0) refuseUnprivileged(plan, shape, server);
    const needsRows = !isSameMark(marks, before, plan.name) || change.missing.length > 0;
    const { relaxed, tightened } = change;
    if (needsRows || relaxed.length > 0 || tightened.length > 0)
      steps.push({ plan, change, needsRows });
  }
  if (faults.length > 0) throw tableDiffers(server, faults);
  return { steps, before, postgis };
}

async function storedMark(client: pg.ClientBase): Promise<string | undefined> {
  const known = await client.query<{ is_there: boolean }>(
    `SELECT to_regclass('${schema}.meta') IS NOT NULL AS is_there`,
  );
  if (known.rows[0]?.is_there !== true) return undefined;
  const { rows } = await client.query<{ value: string }>(
    `SELECT value FROM ${schema}.meta WHERE name = 'tables'`,
  );
  return rows[0]?.value;
}

/** What a column lacked when a reading was stored, nothing can give it later. */
async function faultsOfReadings(
  client: pg.ClientBase,
  plan: TablePlan,
  { missing, tightened, faults }: ShapeChange,
): Promise<string[]> {
  if (plan.rows === 'entity' || faults.length > 0) return [];
  const found: string[] = [];
  for (const column of missing)
    if (column.required) found.push(...(await lackingFault(client, plan, column, 'TRUE')));
  for (const column of tightened) found.push(...(await lackingFault(client, plan, column)));
  return found;
}

/** A sentence when rows have no value for what is required. `where`: those that have none. */
export async function lackingFault(
  client: pg.ClientBase,
  { name }: TablePlan,
  column: ColumnPlan,
  where = `${quoted(column.name)} IS NULL`,
): Promise<string[]> {
  const table = tableName(name);
  const { rows } = await client.query(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`);
  if (rows.length === 0) return [];
  return [
    `${table} has rows without ${column.name}, which the configuration says is required. Declare it without required, or delete those rows.`,
  ];
}

export function tableDiffers(server: string, faults: readonly string[]): MillraceError {
  const heading = `The tables in ${server} should be as the configuration maps them. Nothing was changed:`;
  return new MillraceError('TABLE_DIFFERS', [heading, ...faults].join('\n  - '));
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
