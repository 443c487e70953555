import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { Registry } from 'prom-client';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { createEvents } from '../../../core/events.ts';
import { startMqttIngress } from '../../../services/mqtt-ingress/main.ts';
import { numberedPipeline, openIngressRig, quietSettings } from '../../support/ingress-rig.ts';
import { startOutsideSubscriber } from '../../support/start-outside-subscriber.ts';
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

test('a second ingress on the data folder is refused, since it would have the same client id', async () => {
  const rig = await openIngressRig();
  const metrics = new Registry();
  const destination = { write: () => undefined };
  const events = createEvents({ level: 'silent', metrics, destination });
  const settings = { ...quietSettings, dataDir: rig.folder };
  const second = { pipeline: numberedPipeline, settings, log: rig.log, events, metrics };
  try {
    await assert.rejects(startMqttIngress({ ...second, now: () => Date.now() * 1000 }), {
      code: 'DATA_DIR_IN_USE',
    });
    assert.equal(rig.ingress.health().ready, true);
  } finally {
    await rig.close();
  }
});

test('by WebSocket', async () => {
  const outside = await openIngressRig({ pipeline: { sources: {} } });
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    const stream = createWebSocketStream(socket);
    stream.on('error', () => undefined);
    const broker = connect(Number(new URL(outside.url).port), '127.0.0.1');
    stream.pipe(broker).pipe(stream);
  });
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const rig = await openIngressRig();
  const subscriber = await startOutsideSubscriber({
    rig,
    url: `ws://127.0.0.1:${address.port}`,
    clientId: 'by-websocket',
    protocolVersion: 4,
    wanted: ['meters/+'],
  });
  const device = await connectAsync(outside.url);
  await device.publishAsync('meters/a', '{"n":1}', { qos: 1 });
  await until(async () => (await rig.readings()).length === 1);
  await device.endAsync(true);
  await subscriber.stop();
  server.close();
  await rig.close();
  await outside.close();
});
