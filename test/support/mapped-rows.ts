import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import type { TestDatabase } from './postgres-database.ts';

/** A row of a mapped table, each value as text: the same for every driver. */
export type TextRow = Readonly<Record<string, string | null>>;

/** All rows by their key. */
export function sqliteRows(folder: string, { name, key, columns }: TablePlan): TextRow[] {
  const order = key.map((column) => `"${column}"`).join(', ');
  const rows = withStoreFile(folder, (db) =>
    db.prepare(`SELECT * FROM "${name}" ORDER BY ${order}`).all(),
  );
  return rows.map((row) => {
    const texts = columns.map(({ name: column, type }) => {
      const value = row[column] ?? null;
      if (value === null) return [column, null];
      return [column, type.type === 'boolean' ? String(value === 1) : String(value)];
    });
    return Object.fromEntries(texts) as TextRow;
  });
}

export function withStoreFile<T>(folder: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(folder, 'store.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** All rows by their key. */
export function postgresRows(
  query: TestDatabase['query'],
  { name, key, columns }: TablePlan,
): Promise<TextRow[]> {
  const order = key.map((column) => `"${column}"`).join(', ');
  return query<TextRow>(
    `SELECT ${columns.map(asText).join(', ')} FROM millrace."${name}" t ORDER BY ${order}`,
  );
}

/** As the embedded store has the value. */
function asText({ name, type }: TablePlan['columns'][number]): string {
  const column = `t."${name}"`;
  switch (type.type) {
    case 'timestamptz':
      return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "${name}"`;
    case 'geography':
      return `public.ST_AsText(${column}) AS "${name}"`;
    case 'text[]':
      return `to_json(${column})::text AS "${name}"`;
    default:
      return `${column}::text AS "${name}"`;
  }
}
