import { describe } from 'node:test';
import { sqliteStore } from './sqlite-store-under-test.ts';
import { run } from './store-contract.ts';
import { pruningContract } from './writing-contract.ts';

run('SQLite', sqliteStore);
describe('pruning on SQLite', () => pruningContract(sqliteStore));
