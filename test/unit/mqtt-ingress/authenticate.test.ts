import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialCheck } from '../../../services/mqtt-ingress/authenticate.ts';

const password = (text: string) => Buffer.from(text);

test('a user gets in with the password of that user only', () => {
  const isUser = credentialCheck([
    { username: 'meter', password: 'one' },
    { username: 'gate', password: 'two' },
  ]);
  assert.equal(isUser('meter', password('one')), true);
  assert.equal(isUser('gate', password('two')), true);
  assert.equal(isUser('meter', password('two')), false);
  assert.equal(isUser('mete', password('rone')), false, 'name and password do not run together');
  assert.equal(isUser('meter', undefined), false);
  assert.equal(isUser(undefined, password('one')), false);
  assert.equal(isUser(undefined, undefined), false);
});

test('without users everyone gets in', () => {
  assert.equal(credentialCheck(undefined)(undefined, undefined), true);
  assert.equal(credentialCheck([])('any', password('any')), true);
});
