import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { openIngressRig } from '../../support/ingress-rig.ts';
import { until } from '../../support/until.ts';

/** A second ingress' own broker stands for an outside one: MQTT 3.1.1 only. Mosquitto: test/stack/mqtt-outside.test.ts. */
async function withOutsideBroker(
  run: (
    outside: Awaited<ReturnType<typeof openIngressRig>>,
    rig: Awaited<ReturnType<typeof openIngressRig>>,
  ) => Promise<void>,
): Promise<void> {
  const outside = await openIngressRig({ pipeline: { sources: {} } });
  const { username, password, ca, cert, key, clientId } = {} as Record<string, undefined>;
  const mqtt = { url: outside.url, username, password, ca, cert, key, clientId };
  const rig = await openIngressRig({ settings: { mqttListen: undefined, mqtt } });
  try {
    await run(outside, rig);
  } finally {
    await rig.close();
    await outside.close();
  }
}

test('falls back to MQTT 3.1.1, subscribes, and reads on after the broker was away', () =>
  withOutsideBroker(async (outside, rig) => {
    assert.equal(rig.ingress.health().ready, false);
    await until(() => rig.ingress.health().ready);
    const device = await connectAsync(outside.url, { reconnectPeriod: 50 });
    await device.publishAsync('meters/a', '{"n":1}', { qos: 1 });
    await until(async () => (await rig.readings()).length === 1);
    await outside.restart();
    await until(() => rig.ingress.health().ready);
    await device.publishAsync('meters/a', '{"n":2}', { qos: 1 });
    await until(async () => (await rig.readings()).length === 2);
    await device.endAsync(true);
  }));

test('what the log refuses is not acknowledged, and comes again', () =>
  withOutsideBroker(async (outside, rig) => {
    await until(() => rig.ingress.health().ready);
    const device = await connectAsync(outside.url);
    const goOn = rig.log.refuse();
    for (let n = 0; n < 30; n++) await device.publishAsync('meters/a', `{"n":${n}}`, { qos: 1 });
    await until(() => !rig.ingress.health().ready);
    assert.equal((await rig.readings()).length, 0);
    goOn();
    const readings = await until(async () => {
      const all = await rig.readings();
      return new Set(all.map(({ numbers: { n } }) => n)).size === 30 && all;
    });
    const numbers = readings.map(({ numbers: { n } }) => n);
    assert.deepEqual([...new Set(numbers)], [...Array(30).keys()], 'in order');
    await until(() => rig.ingress.health().ready);
    await device.endAsync(true);
  }));

test('stops at once while the broker is away', () =>
  withOutsideBroker(async (outside, rig) => {
    await until(() => rig.ingress.health().ready);
    await outside.ingress.stop();
    await until(() => !rig.ingress.health().ready);
    assert.match(rig.ingress.health().detail ?? '', /not connected/);
    const startedMs = performance.now();
    await rig.ingress.stop();
    assert.ok(performance.now() - startedMs < 2_000);
  }));
