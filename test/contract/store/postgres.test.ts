import { describe } from 'node:test';
import { withoutEngine } from '../../support/require-stack.ts';
import { postgresStore } from './postgres-store-under-test.ts';
import { run } from './store-contract.ts';

describe('Postgres', { skip: withoutEngine() }, () =>
  run('Postgres', postgresStore, ['latest', 'dead letters']),
);
