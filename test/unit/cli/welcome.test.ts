import assert from 'node:assert/strict';
import { test } from 'node:test';
import { welcome } from '../../../cli/stack/welcome.ts';
import { testSettings } from '../../support/test-settings.ts';

test('the welcome names the servers and none of their passwords', () => {
  const settings = testSettings('data', {
    mqttListen: undefined,
    mqtt: {
      ...{ url: 'mqtt://me:hunter2@broker:1883', username: undefined, password: undefined },
      ...{ ca: undefined, cert: undefined, key: undefined, clientId: undefined },
    },
    postgresUrl: 'postgres://me:hunter2@database/city',
  });
  const text = welcome({ name: 'city', sources: {} }, settings);
  assert.match(text, /mqtt:\/\/\.\.\.@broker:1883/);
  assert.match(text, /PostgreSQL at database\/city/);
  assert.doesNotMatch(text, /hunter2/);
});
