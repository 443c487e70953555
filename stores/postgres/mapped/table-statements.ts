import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import type { ShapeChange } from './compare-shape.ts';
import { quoted, sqlType, tableName } from './table-names.ts';

/** A table that isn't there yet. */
export function createStatements(plan: TablePlan, postgis: string): string[] {
  const { name, columns, key, rows, entityType } = plan;
  const table = tableName(name);
  const lines = columns.map(
    (column) => `${definition(column, key, postgis)}${column.required ? ' NOT NULL' : ''}`,
  );
  const what = rows === 'entity' ? `The latest of each ${entityType}` : `Readings of ${entityType}`;
  return [
    `CREATE TABLE ${table} (${lines.join(', ')}, PRIMARY KEY (${key.map(quoted).join(', ')}))`,
    `COMMENT ON TABLE ${table} IS '${what}, kept by Millrace as its configuration maps them.'`,
    ...(rows === 'reading' ? [timeIndex(plan)] : []),
    ...columns.flatMap((column) => placeIndex(table, column)),
  ];
}

/** Columns that are missing come without NOT NULL: they have no value yet. */
export function changeStatements(
  { name, key }: TablePlan,
  { missing, relaxed }: ShapeChange,
  postgis: string,
): string[] {
  const table = tableName(name);
  return [
    ...missing.flatMap((column) => [
      `ALTER TABLE ${table} ADD COLUMN ${definition(column, key, postgis)}`,
      ...placeIndex(table, column),
    ]),
    ...relaxed.map((column) => `ALTER TABLE ${table} ALTER COLUMN ${quoted(column)} DROP NOT NULL`),
  ];
}

/** Columns that get their NOT NULL when every row has a value for them. */
export function tightenedColumns(change: ShapeChange | undefined): readonly ColumnPlan[] {
  if (change === undefined) return [];
  return [...change.missing.filter((column) => column.required), ...change.tightened];
}

export function tightenStatement({ name }: TablePlan, column: ColumnPlan): string {
  return `ALTER TABLE ${tableName(name)} ALTER COLUMN ${quoted(column.name)} SET NOT NULL`;
}

/** Keys are compared byte by byte, as in the other tables. */
function definition(column: ColumnPlan, key: readonly string[], postgis: string): string {
  const collation = key.includes(column.name) && column.type.type === 'text' ? ' COLLATE "C"' : '';
  return `${quoted(column.name)} ${sqlType(column.type, postgis)}${collation}`;
}

/** What is pruned goes by time. */
function timeIndex({ name, columns }: TablePlan): string {
  const time = columns.find(({ field, updates }) => field === 'observedAt' && updates);
  return `CREATE INDEX ON ${tableName(name)} (${quoted(time?.name ?? '')})`;
}

function placeIndex(table: string, { name, type }: ColumnPlan): string[] {
  return type.type === 'geography' ? [`CREATE INDEX ON ${table} USING gist (${quoted(name)})`] : [];
}
