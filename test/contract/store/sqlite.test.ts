import { sqliteStore } from './sqlite-store-under-test.ts';
import { run } from './store-contract.ts';

run('SQLite', sqliteStore);
