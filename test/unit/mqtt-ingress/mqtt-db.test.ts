import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDataFolder } from '../../../cli/bench/millrace-process.ts';
import { isMillraceError } from '../../../core/errors.ts';
import { MqttDb } from '../../../services/mqtt-ingress/mqtt-db.ts';

test('a damaged file refuses the start and says what it holds', async () => {
  const folder = await makeDataFolder();
  try {
    await writeFile(
      join(folder.path, 'mqtt.db'),
      'this is no database, but it is long enough'.repeat(200),
    );
    assert.throws(
      () => new MqttDb(folder.path),
      (error) => isMillraceError(error, 'DATA_DAMAGED') && /no readings/.test(error.message),
    );
  } finally {
    await folder.remove();
  }
});

test('names are made once; subscriptions of one broker are not those of another', async () => {
  const folder = await makeDataFolder();
  try {
    const first = new MqttDb(folder.path);
    assert.equal(
      first.name('client-id', () => 'a'),
      'a',
    );
    first.saveSubscribed('one', new Map([['x/#', 1]]));
    first.close();
    const second = new MqttDb(folder.path);
    assert.equal(
      second.name('client-id', () => 'b'),
      'a',
    );
    assert.deepEqual(second.subscribed('one'), new Map([['x/#', 1]]));
    assert.equal(second.subscribed('two').size, 0);
    second.close();
  } finally {
    await folder.remove();
  }
});
