import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from 'pg';
import { isMillraceError } from '../../../core/errors.ts';
import { storeFailure } from '../../../stores/postgres/postgres-failure.ts';

test('a right that the role lacks is told with where the rights stand; it may be given while we run', () => {
  const failure = storeFailure(
    serverError('permission denied for table latest', '42501'),
    'db:5432',
  );
  assert.ok(isMillraceError(failure, 'STORE_UNAVAILABLE'));
  assert.match(failure.message, /permission denied.*Give the role .* docs\/postgres\.md/);
});

test('what passes by itself asks nothing of anybody', () => {
  const failure = storeFailure(
    serverError('the database system is starting up', '57P03'),
    'db:5432',
  );
  assert.ok(isMillraceError(failure, 'STORE_UNAVAILABLE'));
  assert.match(failure.message, /\(SQLSTATE 57P03\)\.$/);
});

function serverError(message: string, code: string): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code });
}
