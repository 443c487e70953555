/**
 * Asks the embedded store as any SQLite tool does, for machines that have none:
 * `node bin/node24.js examples/warehouse/ask.ts [data folder] [file with a query]`. Only reads.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const ownQuery = fileURLToPath(new URL('stock-value.sql', import.meta.url));
const [folder = '.millrace', file = ownQuery] = process.argv.slice(2);
const db = new DatabaseSync(join(folder, 'store.db'), { readOnly: true, timeout: 5000 });
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
