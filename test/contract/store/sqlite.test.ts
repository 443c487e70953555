import { describe } from 'node:test';
import { changedTablesContract } from './changed-tables-contract.ts';
import { sqliteStore } from './sqlite-store-under-test.ts';
import { run } from './store-contract.ts';
import { tablesContract } from './tables-contract.ts';
import { pruningContract } from './writing-contract.ts';

run('SQLite', sqliteStore);
describe('pruning on SQLite', () => pruningContract(sqliteStore));
describe('mapped tables on SQLite', () => tablesContract(sqliteStore));
describe('mapped tables that change on SQLite', () => changedTablesContract(sqliteStore));
