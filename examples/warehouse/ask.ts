/**
 * Asks the embedded store as any SQLite tool does, for machines that have none:
 * `node bin/node24.js examples/warehouse/ask.ts [data folder] [file with a query]`. Only reads. Without a folder it is
 * the one that MILLRACE_DATA_DIR names, or .millrace, as for Millrace itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const ownQuery = fileURLToPath(new URL('stock-value.sql', import.meta.url));
const { MILLRACE_DATA_DIR: usual = '.millrace' } = process.env;
const [folder = usual, file = ownQuery] = process.argv.slice(2);
const store = join(folder, 'store.db');
if (!existsSync(store)) {
  console.error(`There is no store at ${store}. Start the example first, or give its data folder.`);
  process.exit(1);
}
const db = new DatabaseSync(store, { readOnly: true, timeout: 5000 });
const rows = db.prepare(readFileSync(file, 'utf8')).all();
const names = Object.keys(rows[0] ?? {});
const table = [names, ...rows.map((row) => names.map((name) => `${row[name]}`))];
const widths = names.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
for (const row of table)
  console.log(
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
db.close();
