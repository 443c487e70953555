import type { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '../../../core/errors.ts';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import { TableProjection } from '../../tables/table-projection.ts';
import { goneTables, isSameMark, marksFromText, tableMarks } from '../../tables/tables-mark.ts';
import { stateFromText } from '../state-text.ts';
import { quoted, sqliteType, TableRows, timeColumn } from './table-rows.ts';
import { changeStatements, type ShapeChange, shapeChange } from './table-shape.ts';

/**
 * Brings the mapped tables to what the configuration says, in one transaction, and gives what was done, a sentence each.
 * Tables and columns that it doesn't have any more are left. Throws `TABLE_DIFFERS` when a table can't be brought there;
 * then nothing is changed.
 */
export function prepareTables(db: DatabaseSync, plans: readonly TablePlan[]): readonly string[] {
  const stored = db.prepare("SELECT value FROM meta WHERE name = 'tables'").get()?.value;
  const before = marksFromText(stored === undefined ? undefined : String(stored));
  const marks = tableMarks(plans);
  const notes = [...goneTables(marks, before)];
  if (stored === undefined && plans.length === 0) return notes;
  db.exec('BEGIN IMMEDIATE');
  try {
    const faults: string[] = [];
    for (const plan of plans) {
      const change = shapeChange(db, plan, before[plan.name]);
      faults.push(...(change?.faults ?? []), ...lackingFaults(db, plan, change));
      if (faults.length === 0)
        notes.push(...take(db, { plan, change, isSame: isSameMark(marks, before, plan.name) }));
    }
    if (faults.length > 0) throw differs(faults);
    db.prepare("INSERT OR REPLACE INTO meta VALUES ('tables', ?)").run(JSON.stringify(marks));
    db.exec('COMMIT');
    return notes;
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

function differs(faults: readonly string[]): MillraceError {
  return new MillraceError(
    'TABLE_DIFFERS',
    [
      'The tables in the embedded store should be as the configuration maps them. Nothing was changed:',
      ...faults,
    ].join('\n  - '),
  );
}

/** What a column lacked when a reading was stored, nothing here can give it. */
function lackingFaults(
  db: DatabaseSync,
  { name, rows, columns }: TablePlan,
  change: ShapeChange | undefined,
): string[] {
  if (rows === 'entity' || change === undefined || change.faults.length > 0) return [];
  const isMissing = new Set(change.missing);
  return columns.flatMap((column) => {
    if (!column.required) return [];
    const where = isMissing.has(column) ? '' : ` WHERE ${quoted(column.name)} IS NULL`;
    const lacking = db.prepare(`SELECT 1 FROM ${quoted(name)}${where} LIMIT 1`).get();
    if (lacking === undefined) return [];
    return [
      `${name} has rows of readings without ${column.name}, which the configuration says is required. Declare it without required, or give the table another name.`,
    ];
  });
}

interface Step {
  readonly plan: TablePlan;
  /** Undefined: the table is to be made. */
  readonly change: ShapeChange | undefined;
  /** Its rows are made as they were. */
  readonly isSame: boolean;
}

function take(db: DatabaseSync, { plan, change, isSame }: Step): string[] {
  const { name, rows } = plan;
  const statements = change === undefined ? createStatements(plan) : changeStatements(plan, change);
  for (const statement of statements) db.exec(statement);
  const notes: string[] = [];
  if (change === undefined) notes.push(`The table ${name} was made.`);
  for (const column of change?.missing ?? [])
    notes.push(`The table ${name} has the column ${column.name} now.`);
  const hasAll = isSame && change !== undefined && change.missing.length === 0;
  if (rows === 'entity' && !hasAll) notes.push(...fill(db, plan));
  return notes;
}

/** What is required the writer sees to: SQLite could not be brought to ask it of a column that is there. */
function createStatements(plan: TablePlan): string[] {
  const { name, columns, key, rows } = plan;
  const lines = columns.map(
    (column) =>
      `${quoted(column.name)} ${sqliteType(column.type)}${key.includes(column.name) ? ' NOT NULL' : ''}`,
  );
  const time = timeColumn(plan);
  return [
    `CREATE TABLE ${quoted(name)} (${lines.join(', ')}, PRIMARY KEY (${key.map(quoted).join(', ')})) STRICT, WITHOUT ROWID`,
    ...(rows === 'reading' && time !== undefined
      ? [`CREATE INDEX ${quoted(`${name}_by_time`)} ON ${quoted(name)} (${quoted(time.name)})`]
      : []),
  ];
}

/** Makes the rows of all entities as their latest has them. */
function fill(db: DatabaseSync, plan: TablePlan): string[] {
  const table = new TableProjection(plan);
  const rows = new TableRows(db, plan);
  const unfit = new Map<string, number>();
  let count = 0;
  const entities = db.prepare('SELECT key, state FROM entities WHERE type = ?');
  for (const entity of entities.iterate(plan.entityType)) {
    const entityId = String(entity.key);
    const row = table.rowOfEntity(entityId, stateFromText(String(entity.state)), ({ name }) =>
      unfit.set(name, (unfit.get(name) ?? 0) + 1),
    );
    if (row === undefined) rows.remove(entityId);
    else rows.put(row);
    if (row !== undefined) count++;
  }
  return [
    ...(count > 0 ? [`The table ${plan.name} has ${count} rows of what was known already.`] : []),
    ...Array.from(
      unfit,
      ([column, values]) =>
        `${values} values from before don't fit the column ${column} of ${plan.name}; it has null there.`,
    ),
  ];
}
