import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import { catalogueType, quoted, sqlType, tableName } from './table-names.ts';
import type { TableShape } from './table-shape.ts';

/** What lies between a table as it is and as the configuration has it. */
export interface ShapeChange {
  readonly missing: readonly ColumnPlan[];
  /** Columns that may be null from now on. */
  readonly relaxed: readonly string[];
  /** Columns that must have a value from now on. */
  readonly tightened: readonly ColumnPlan[];
  /** Columns that the configuration doesn't have. */
  readonly others: readonly string[];
  /** What can't be mended here, a sentence each. */
  readonly faults: readonly string[];
}

/** `isOurs`: Millrace has kept the table before, and made its columns. */
export function compareShape(
  plan: TablePlan,
  shape: TableShape,
  options: { readonly isOurs: boolean; readonly postgis: string },
): ShapeChange {
  const faults: string[] = [];
  const missing: ColumnPlan[] = [];
  const relaxed: string[] = [];
  const tightened: ColumnPlan[] = [];
  const table = tableName(plan.name);
  if (!shape.isTable)
    return {
      ...{ missing, relaxed, tightened, others: [] },
      faults: [`${table} should be a table; it is none (a view, a sequence, an index).`],
    };
  const there = new Map(shape.columns.map((column) => [column.name, column]));
  for (const column of plan.columns) {
    const found = there.get(column.name);
    const type = sqlType(column.type, options.postgis);
    if (found === undefined) missing.push(column);
    else if (found.type !== catalogueType(column.type))
      faults.push(
        `${table} has the column ${column.name} of type ${found.type}; the configuration has it of type ${type}. Give the column another name there, ` +
          `or run: ALTER TABLE ${table} ALTER COLUMN ${quoted(column.name)} TYPE ${type} USING ${quoted(column.name)}::${type};`,
      );
    else if (column.required && !found.isNotNull) tightened.push(column);
    else if (!column.required && found.isNotNull) {
      // Also one with a default: what is not known is written as null.
      if (options.isOurs) relaxed.push(column.name);
      else
        faults.push(
          `${table} has the column ${column.name}, which must have a value; the configuration lets it have none. Declare it with required: true, ` +
            `or run: ALTER TABLE ${table} ALTER COLUMN ${quoted(column.name)} DROP NOT NULL;`,
        );
    }
  }
  const named = new Set(plan.columns.map(({ name }) => name));
  const others = shape.columns.filter(({ name }) => !named.has(name));
  for (const { name, isNotNull, hasDefault } of others) {
    if (!isNotNull || hasDefault) continue;
    if (options.isOurs) relaxed.push(name);
    else
      faults.push(
        `${table} has the column ${name}, which must have a value and has no default, and the configuration has none for it. ` +
          `Map it, or run: ALTER TABLE ${table} ALTER COLUMN ${quoted(name)} DROP NOT NULL;`,
      );
  }
  const keyFault = faultOfKey(plan, shape);
  if (keyFault !== undefined) faults.push(keyFault);
  return { missing, relaxed, tightened, others: others.map(({ name }) => name), faults };
}

function faultOfKey({ name, key }: TablePlan, { keys }: TableShape): string | undefined {
  const isKey = (columns: readonly string[]) =>
    columns.length === key.length && key.every((column) => columns.includes(column));
  if (keys.some(isKey)) return undefined;
  const columns = key.map(quoted).join(', ');
  return (
    `${tableName(name)} should have one row for each ${key.join(', ')}; it has no primary key or unique constraint of just that. ` +
    `If its rows allow it, run: ALTER TABLE ${tableName(name)} ADD UNIQUE (${columns});`
  );
}
