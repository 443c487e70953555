import { isTypeFor, parseColumnType, typesFor } from '../tables/column-type.ts';
import { firstReadingColumns, isReadingColumn, readingColumns } from '../tables/reading-columns.ts';
import { isTimeUnit, keyColumnNames, sourceOfField } from '../tables/table-plan.ts';
import type { CheckedModel, CheckedModels } from './check-models.ts';
import { oneOf } from './fault.ts';
import type { FaultList } from './fault-list.ts';
import type { FieldDeclaration } from './pipeline.ts';
import { columnSchema, tableSchema } from './table-declaration.ts';

type Keys = readonly PropertyKey[];
type Rows = 'entity' | 'reading';

/** Names that need no quotes in SQL; room is left for what stores put before and after a table's. */
const tablePattern = /^[a-z][a-z0-9_]{0,47}$/;
const columnPattern = /^[a-z][a-z0-9_]{0,62}$/;

/** Tables of the stores themselves, of both drivers (a test compares), and those that are named for later. */
const reservedTables: readonly string[] = [
  ...['entities', 'aggregates', 'alerts', 'dead_letters', 'registers', 'models', 'commands'],
  ...['offsets', 'counts', 'ingress_counts', 'meta', 'migrations', 'origins', 'history'],
  ...['places', 'zones', 'dead_letter_marks'],
];
const reservedStart = /^(?:rebuilding_|sqlite_|pg_|places_)/;

export function checkTables(
  tables: Readonly<Record<string, unknown>>,
  models: CheckedModels,
  list: FaultList,
): void {
  for (const [name, declaration] of Object.entries(tables)) {
    const path = ['tables', name];
    checkTableName(path, name, list);
    const table = list.parse(path, tableSchema, declaration);
    if (table === undefined) continue;
    const { from, rows = 'entity', columns, keep } = table;
    if (!models.has(from))
      list.add(
        [...path, 'from'],
        `an entity type that has a model: ${oneOf([...models.keys()], from)}`,
        from,
      );
    if (keep !== undefined && rows === 'entity')
      list.add([...path, 'keep'], "rows: 'reading' beside it: entities' rows stay", keep);
    if (Object.keys(columns).length === 0)
      list.add([...path, 'columns'], 'at least one column', columns);
    checkColumns([...path, 'columns'], columns, { rows, model: models.get(from), list });
  }
}

function checkTableName(path: Keys, name: string, list: FaultList): void {
  if (!tablePattern.test(name))
    list.add(
      path,
      'a table name of up to 48 lower-case letters, digits and underscores that begins with a letter',
      name,
    );
  else if (reservedTables.includes(name) || reservedStart.test(name))
    list.add(path, 'another name: the stores have tables of that name themselves', name);
}

interface Place {
  readonly rows: Rows;
  /** Undefined: its faults are listed already. */
  readonly model: CheckedModel | undefined;
  readonly list: FaultList;
}

function checkColumns(path: Keys, columns: Readonly<Record<string, unknown>>, place: Place): void {
  const { rows, list } = place;
  const fields = new Map<string, string>();
  for (const [name, declaration] of Object.entries(columns)) {
    if (!columnPattern.test(name))
      list.add(
        [...path, name],
        'a column name of up to 63 lower-case letters, digits and underscores that begins with a letter',
        name,
      );
    const field = checkColumn([...path, name], declaration, place);
    if (field !== undefined) fields.set(name, field);
  }
  for (const [field, name] of Object.entries(keyColumnNames(rows))) {
    const other = fields.get(name);
    if (other === undefined || other === field || [...fields.values()].includes(field)) continue;
    list.add(
      [...path, name],
      `field ${field}, which the key of such a table has under this name (or a column of another name with it)`,
      other,
    );
  }
}

/** Gives the field that keeps itself up to date, for the check of the key. */
function checkColumn(path: Keys, declaration: unknown, place: Place): string | undefined {
  const { model, list } = place;
  const given = typeof declaration === 'string' ? { field: declaration } : declaration;
  const column = list.parse(path, columnSchema, given);
  if (column === undefined) return undefined;
  const { field, type, update } = column;
  const at = typeof declaration === 'string' ? path : [...path, 'field'];
  const known = [...(model?.fields.keys() ?? []), ...namesFor(place.rows)];
  if (!known.includes(field)) {
    if (model !== undefined) list.add(at, `a field of the model: ${oneOf(known, field)}`, field);
    return undefined;
  }
  const declared = model?.fields.get(field);
  if (type !== undefined && (isReadingColumn(field) || declared !== undefined))
    checkType([...path, 'type'], { type, field, declared }, list);
  if (update === false) checkFirst([...path, 'update'], field, place);
  return update === false ? `the first ${field}` : field;
}

function checkType(
  path: Keys,
  column: { type: string; field: string; declared: FieldDeclaration | undefined },
  list: FaultList,
): void {
  const { type, field, declared } = column;
  const parsed = parseColumnType(type);
  if (parsed === undefined) return;
  const source = sourceOfField(field, declared);
  if (!isTypeFor(source, parsed)) {
    const what = declared === undefined ? field : `a field of kind ${declared.kind}`;
    list.add(path, `a type for ${what}: ${typesFor(source).join(', ')}`, type);
    return;
  }
  if (source !== 'number' || parsed.type !== 'timestamptz') return;
  const unit = declared !== undefined && 'unit' in declared ? declared.unit : undefined;
  if (!isTimeUnit(unit))
    list.add(path, "a number whose model's unit is s, ms or us, counted since 1970", type);
}

function checkFirst(path: Keys, field: string, { rows, list }: Place): void {
  if (rows === 'reading')
    list.add(path, "rows: 'entity', since the row of a reading never changes", false);
  else if (isReadingColumn(field) && !firstReadingColumns.includes(field))
    list.add(
      path,
      `a field of the model, or ${firstReadingColumns.join(', ')}, for a column that keeps its first value`,
      false,
    );
}

function namesFor(rows: Rows): readonly string[] {
  return Object.keys(readingColumns).filter((name) => rows === 'reading' || name !== 'eventId');
}
