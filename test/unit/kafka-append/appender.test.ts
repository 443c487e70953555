import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMillraceError, MillraceError } from '../../../core/errors.ts';
import { Appender } from '../../../core/log/kafka/append/appender.ts';

const settings = {
  brokers: ['127.0.0.1:1'],
  sasl: undefined,
  tls: undefined,
  topicPrefix: '',
  replication: 1,
};
const isUnknown = (error: unknown) => isMillraceError(error, 'TOPIC_UNKNOWN');
const record = { topic: 'none', key: 'a/1', value: Buffer.from('x'), timestampMs: 0 };

test('an append is let in at whatever moment it comes while those before it are', async () => {
  for (let ticks = 0; ticks < 12; ticks++) {
    const load = () => Promise.reject(new MillraceError('TOPIC_UNKNOWN', 'There is none.'));
    const appender = new Appender({ settings, topics: { find: () => undefined, load } });
    const first = assert.rejects(appender.append([record]), isUnknown);
    for (let tick = 0; tick < ticks; tick++) await undefined;
    const settled = await Promise.race([
      appender.append([record]).then(undefined, () => 'settled'),
      new Promise((resolve) => setTimeout(resolve, 500, `waits for ever, after ${ticks} ticks`)),
    ]);
    assert.equal(settled, 'settled');
    await first;
    await appender.close();
  }
});
