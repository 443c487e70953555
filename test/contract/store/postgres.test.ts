import { describe } from 'node:test';
import { withoutEngine } from '../../support/require-stack.ts';
import { changedTablesContract } from './changed-tables-contract.ts';
import { postgresStore } from './postgres-store-under-test.ts';
import { run } from './store-contract.ts';
import { tablesContract } from './tables-contract.ts';

describe('Postgres', { skip: withoutEngine() }, () => {
  run('Postgres', postgresStore, ['latest', 'dead letters']);
  describe('mapped tables', () => tablesContract(postgresStore));
  describe('mapped tables that change', () => changedTablesContract(postgresStore));
});
