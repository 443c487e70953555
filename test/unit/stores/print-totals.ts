import { openSqliteReader } from '../../../stores/sqlite/open-sqlite-store.ts';

/** A process that reads the store of a folder beside its writer. */
const reader = openSqliteReader({ folder: process.argv[2] ?? '' });
console.log(JSON.stringify(await reader.totals()));
await reader.close();
