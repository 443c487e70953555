import type { DatabaseSync } from 'node:sqlite';
import { columnTypeText } from '../../../core/tables/column-type.ts';
import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import type { TableMarks } from '../../tables/tables-mark.ts';
import { quoted, sqliteType } from './table-rows.ts';

interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
}

export interface ShapeChange {
  readonly missing: readonly ColumnPlan[];
  /** Columns that may be null from now on. */
  readonly relaxed: readonly string[];
  /** What can't be mended here, a sentence each. */
  readonly faults: readonly string[];
}

/** What lies between a table as it is and as the configuration has it; undefined: there is no such table. */
export function shapeChange(
  db: DatabaseSync,
  plan: TablePlan,
  before: TableMarks[string] | undefined,
): ShapeChange | undefined {
  const { name } = plan;
  const kind = db.prepare('SELECT type FROM sqlite_schema WHERE name = ?').get(name)?.type;
  if (kind === undefined) return undefined;
  if (kind !== 'table')
    return { missing: [], relaxed: [], faults: [`${name} should be a table; it is a ${kind}.`] };
  const shapes = columnsOf(db, name);
  const named = new Map(shapes.map((shape) => [shape.name, shape]));
  const faults = plan.columns.flatMap((column) =>
    typeFault(plan, column, { shape: named.get(column.name), before }),
  );
  if (!hasKey(db, plan))
    faults.push(
      `${name} should have one row for each ${plan.key.join(', ')}; it has no primary key or unique index of just that. Give the table another name.`,
    );
  const declared = new Map(plan.columns.map((column) => [column.name, column]));
  const relaxed: string[] = [];
  for (const shape of shapes) {
    const column = declared.get(shape.name);
    // A default is of no use to a column that is written: what is not known is written as null.
    if (!shape.isNotNull || column?.required || (shape.hasDefault && !column)) continue;
    if (before !== undefined) relaxed.push(shape.name);
    else
      faults.push(
        `${name} has the column ${shape.name}, which must have a value${column ? '; the configuration lets it have none. Declare it with required: true,' : ' and has no default, and the configuration has none for it. Map it,'} or give the table another name.`,
      );
  }
  const missing = plan.columns.filter((column) => !named.has(column.name));
  return { missing, relaxed, faults };
}

/** Types that are one for SQLite are still what the values were made for. */
function typeFault(
  { name }: TablePlan,
  column: ColumnPlan,
  { shape, before }: { shape: ColumnShape | undefined; before: TableMarks[string] | undefined },
): string[] {
  if (shape === undefined) return [];
  const was = before?.columns.find((one) => one.name === column.name)?.type;
  const wanted = columnTypeText(column.type);
  const found = was === undefined ? shape.type : columnTypeText(was);
  const isSame = shape.type === sqliteType(column.type) && (was === undefined || found === wanted);
  if (isSame) return [];
  return [
    `${name} has the column ${column.name} of type ${found}; the configuration has it of type ${wanted}. ` +
      'Give the column another name there, or run `millrace rebuild`, which makes the tables of the embedded store anew from the log.',
  ];
}

function columnsOf(db: DatabaseSync, table: string): ColumnShape[] {
  const rows = db
    .prepare('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)')
    .all(table);
  return rows.map(({ name, type, notnull, dflt_value }) => ({
    name: String(name),
    type: String(type).toUpperCase(),
    isNotNull: notnull === 1,
    hasDefault: dflt_value !== null,
  }));
}

function hasKey(db: DatabaseSync, { name, key }: TablePlan): boolean {
  const isKey = (columns: readonly unknown[]) =>
    columns.length === key.length && key.every((column) => columns.includes(column));
  const primary = db.prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0').all(name);
  if (isKey(primary.map((row) => row.name))) return true;
  const indexes = db
    .prepare('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0')
    .all(name);
  return indexes.some((index) => {
    const columns = db.prepare('SELECT name FROM pragma_index_info(?)').all(String(index.name));
    return isKey(columns.map((row) => row.name));
  });
}

export function changeStatements({ name }: TablePlan, change: ShapeChange): string[] {
  const table = quoted(name);
  return [
    ...change.missing.map(
      (column) =>
        `ALTER TABLE ${table} ADD COLUMN ${quoted(column.name)} ${sqliteType(column.type)}`,
    ),
    ...change.relaxed.map(
      (column) => `ALTER TABLE ${table} ALTER COLUMN ${quoted(column)} DROP NOT NULL`,
    ),
  ];
}
