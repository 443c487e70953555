/**
 * Asks the tables of the storefront: `node bin/node24.js examples/storefront/sql.ts "SELECT ..."`, of the Postgres that
 * MILLRACE_POSTGRES_URL names, else of the data folder (MILLRACE_DATA_DIR, or .millrace). For whoever has neither psql
 * nor sqlite3 at hand.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

type Line = readonly string[];

const [statement = 'SELECT * FROM orders LIMIT 10'] = process.argv.slice(2);
const { MILLRACE_POSTGRES_URL: url, MILLRACE_DATA_DIR: folder = '.millrace' } = process.env;

try {
  const lines = url ? await askPostgres(url, statement) : askSqlite(folder, statement);
  console.log(aligned(lines).join('\n'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function askSqlite(dataDir: string, sql: string): Line[] {
  const store = join(dataDir, 'store.db');
  if (!existsSync(store))
    throw new Error(
      `There is no store at ${store}. Start the example first, or set MILLRACE_DATA_DIR.`,
    );
  const db = new DatabaseSync(store, { readOnly: true });
  const select = db.prepare(sql);
  const names = select.columns().map(({ name }) => name);
  const rows = select.all();
  db.close();
  return [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
}

/** Values as Postgres writes them. */
async function askPostgres(connectionString: string, text: string): Promise<Line[]> {
  const client = new pg.Client({ connectionString, options: '-c search_path=millrace,public' });
  await client.connect();
  try {
    const types = { getTypeParser: () => (value: string) => value };
    const { fields, rows } = await client.query<(string | null)[]>({
      text,
      types,
      rowMode: 'array',
    });
    return [fields.map(({ name }) => name), ...rows.map((row) => row.map((value) => value ?? ''))];
  } finally {
    await client.end();
  }
}

function aligned(all: readonly Line[]): string[] {
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const text = (line: Line) => line.map((value, column) => value.padEnd(widths[column] ?? 0));
  const [head = [], ...rows] = all;
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows].map((line) => text(line).join('  ').trimEnd());
}
