import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { holdPubacks, knownMqttJs } from '../../../services/mqtt-ingress/hold-pubacks.ts';
import { openIngressRig } from '../../support/ingress-rig.ts';
import { until } from '../../support/until.ts';

test('mqtt.js is the version whose private part is used', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.resolve('mqtt')), 'utf8'),
  );
  assert.equal(version, knownMqttJs);
});

test('held PUBACKs go out when they are released, in that order, and the next packets come meanwhile', async () => {
  const rig = await openIngressRig();
  const [publisher, subscriber] = [await connectAsync(rig.url), await connectAsync(rig.url)];
  try {
    const acknowledge = holdPubacks(subscriber);
    const received: number[] = [];
    const sent: number[] = [];
    subscriber.handleMessage = (packet, next) => {
      received.push(packet.messageId ?? -1);
      next();
    };
    subscriber.on('packetsend', (packet) => {
      if (packet.cmd === 'puback') sent.push(packet.messageId ?? -1);
    });
    await subscriber.subscribeAsync('others/#', { qos: 1 });
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => publisher.publishAsync(`others/${n}`, 'x', { qos: 1 })),
    );
    await until(() => received.length === 50);
    assert.deepEqual(sent, []);
    for (const id of received) acknowledge(id);
    assert.deepEqual(sent, received);
    await subscriber.endAsync(true);
    acknowledge(received[0] ?? -1);
    assert.equal(sent.length, 50, 'nothing is queued for another connection');
  } finally {
    await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
    await rig.close();
  }
});
