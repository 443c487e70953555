import type { FieldDeclaration, Pipeline } from '../config/pipeline.ts';
import { parseSpanOrForever } from '../config/span.ts';
import type { TableDeclaration } from '../config/table-declaration.ts';
import { type ColumnSource, type ColumnType, defaultType, parseColumnType } from './column-type.ts';
import { isReadingColumn, readingColumns } from './reading-columns.ts';

/** A column with all that was left to defaults. Plain values: it crosses to threads. */
export interface ColumnPlan {
  readonly name: string;
  /** A field of the model, or a name of `readingColumns`. */
  readonly field: string;
  readonly source: ColumnSource;
  readonly type: ColumnType;
  /** A row that lacks it is no row. */
  readonly required: boolean;
  /** False: the first value stays. */
  readonly updates: boolean;
  /** Of a number that is a time: what it counts since 1970. */
  readonly timeUnit: 's' | 'ms' | 'us';
}

/** A table as the stores make it. */
export interface TablePlan {
  readonly name: string;
  readonly entityType: string;
  readonly rows: 'entity' | 'reading';
  /** Those of the key first. */
  readonly columns: readonly ColumnPlan[];
  /** Names of columns. An entity's id; of readings that, their time and their event id, as history has them. */
  readonly key: readonly string[];
  /** Rows of readings observed longer ago go. Null: they stay. */
  readonly keepMs: number | null;
}

const keyFields = {
  entity: { entityId: 'entity_id' },
  reading: { entityId: 'entity_id', observedAt: 'observed_at', eventId: 'event_id' },
} as const;

/** The tables of a checked configuration. */
export function tablePlans({
  tables = {},
  models,
  retention,
}: Pick<Pipeline, 'tables' | 'models' | 'retention'>): readonly TablePlan[] {
  return Object.entries(tables).map(([name, table]) => {
    const { from: entityType, rows = 'entity' } = table;
    const fields = models[entityType]?.fields ?? {};
    const declared = Object.entries(table.columns).map(([column, declaration]) =>
      columnPlan(column, declaration, fields),
    );
    const { key, added } = keyOf(rows, declared);
    const columns = [...added, ...declared].map((column) =>
      key.includes(column.name) ? { ...column, required: true } : column,
    );
    const byKey = columns.toSorted((a, b) => rank(key, a) - rank(key, b));
    const kept = table.keep === undefined ? undefined : parseSpanOrForever(table.keep);
    const keepMs = kept === undefined ? retention.historyMs : kept;
    return { name, entityType, rows, columns: byKey, key, keepMs };
  });
}

/** The columns of the key: as they are declared, and those that aren't. */
function keyOf(
  rows: TablePlan['rows'],
  declared: readonly ColumnPlan[],
): { key: readonly string[]; added: readonly ColumnPlan[] } {
  const added: ColumnPlan[] = [];
  const key = Object.entries(keyFields[rows]).map(([field, name]) => {
    const column = declared.find((one) => one.field === field && one.updates);
    if (column !== undefined) return column.name;
    added.push(columnPlan(name, field, {}));
    return name;
  });
  return { key, added };
}

/** What a column without a declaration of its key would be called, for the check that the name is free. */
export function keyColumnNames(rows: TablePlan['rows']): Readonly<Record<string, string>> {
  return keyFields[rows];
}

function rank(key: readonly string[], { name }: ColumnPlan): number {
  const index = key.indexOf(name);
  return index < 0 ? key.length : index;
}

function columnPlan(
  name: string,
  declaration: TableDeclaration['columns'][string],
  fields: Readonly<Record<string, FieldDeclaration>>,
): ColumnPlan {
  const { field, type, required, update } =
    typeof declaration === 'string' ? { field: declaration } : declaration;
  const declared = fields[field];
  const source = sourceOfField(field, declared);
  const unit = declared !== undefined && 'unit' in declared ? declared.unit : undefined;
  return {
    name,
    field,
    source,
    type: (type === undefined ? undefined : parseColumnType(type)) ?? defaultType(source),
    required: required ?? false,
    updates: update ?? true,
    timeUnit: isTimeUnit(unit) ? unit : 'us',
  };
}

export function sourceOfField(field: string, declared: FieldDeclaration | undefined): ColumnSource {
  if (isReadingColumn(field)) return readingColumns[field];
  return declared?.kind ?? 'text';
}

export function isTimeUnit(unit: string | undefined): unit is 's' | 'ms' | 'us' {
  return unit === 's' || unit === 'ms' || unit === 'us';
}
