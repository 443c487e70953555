import assert from 'node:assert/strict';
import { connect as connectSocket, createServer } from 'node:net';
import { test } from 'node:test';
import { connectAsync, connect as connectMqtt, type IClientOptions, type MqttClient } from 'mqtt';
import { deadLetterCodec } from '../../../core/codec.ts';
import { isMillraceError } from '../../../core/errors.ts';
import type { Cut } from '../../../core/log/event-log.ts';
import { deadLettersTopic, ledgerTopic } from '../../../core/topics.ts';
import {
  type IngressRig,
  numberedPipeline,
  openIngressRig,
  type RigOptions,
} from '../../support/ingress-rig.ts';
import { until } from '../../support/until.ts';

const numbers = (count: number) => [...Array(count).keys()];
const payload = (n: number) => JSON.stringify({ n, at: 1_700_000_000_000_000 + n });

/** CONNECT of MQTT 3.1.1: client id "d", clean session, no keep-alive. */
const connectPacket = Buffer.from([0x10, 13, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 0, 0, 1, 0x64]);

/** A rig, and clients that are ended with it. */
async function withRig(
  run: (
    rig: IngressRig,
    connect: (options?: IClientOptions) => Promise<MqttClient>,
  ) => Promise<void>,
  options: RigOptions = {},
): Promise<void> {
  const rig = await openIngressRig(options);
  const clients: MqttClient[] = [];
  const connect = async (given: IClientOptions = {}) => {
    const client = await connectAsync(rig.url, { reconnectPeriod: 50, ...given });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  try {
    await run(rig, connect);
  } finally {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await rig.close();
  }
}

async function firstCut(rig: IngressRig, topic: string): Promise<Cut> {
  for await (const cut of rig.log.tail([topic], { from: 'earliest' })) return cut;
  throw new Error('no cut');
}

test('a PUBACK comes only when the log has the reading, and they come in order', () =>
  withRig(async (rig, connect) => {
    const client = await connect();
    const goOn = rig.log.stall();
    const acknowledged: number[] = [];
    const all = numbers(200).map(async (n) => {
      await client.publishAsync(`meters/m${n % 3}`, payload(n), { qos: 1 });
      acknowledged.push(n);
    });
    await until(() => rig.log.offered > 0);
    // A packet behind them that needs no log keeps its place all the same (MQTT 3.1.1, 4.6).
    const unmatched = client.publishAsync('elsewhere', 'x', { qos: 1 });
    assert.deepEqual(acknowledged, []);
    assert.equal((await rig.readings()).length, 0);
    goOn();
    await Promise.all([...all, unmatched]);
    assert.deepEqual(acknowledged, numbers(200));
    assert.equal((await rig.readings()).length, 200);
  }));

test('a packet that no source matches is forwarded and acknowledged, log or no log, and counted', () =>
  withRig(async (rig, connect) => {
    const [publisher, subscriber] = [await connect(), await connect()];
    const received: string[] = [];
    subscriber.on('message', (topic, bytes) => received.push(`${topic} ${bytes}`));
    await subscriber.subscribeAsync('#', { qos: 1 });
    const goOn = rig.log.stall();
    await publisher.publishAsync('somewhere/else', 'hello', { qos: 1 });
    await until(() => received.includes('somewhere/else hello'));
    goOn();
    assert.match(await rig.metrics.metrics(), /packets_total\{source="",outcome="unmatched"\} 1/);
    const cut = await until(async () => {
      const counted = await firstCut(rig, ledgerTopic);
      return counted.batches.length > 0 ? counted : undefined;
    });
    assert.match(String(cut.batches[0]?.records[0]?.value), /"unmatched":1/);
  }));

test('subscribers see a packet of a source only when the log has it', () =>
  withRig(async (rig, connect) => {
    const [publisher, subscriber] = [await connect(), await connect()];
    const received: string[] = [];
    subscriber.on('message', (topic) => received.push(topic));
    await subscriber.subscribeAsync('#', { qos: 1 });
    const goOn = rig.log.stall();
    publisher.publish('meters/a', payload(1));
    await publisher.publishAsync('elsewhere', 'x');
    await until(() => rig.log.offered === 1);
    await subscriber.publishAsync('own', 'x', { qos: 1 });
    await until(() => received.includes('own'));
    assert.equal(received.includes('meters/a'), false);
    goOn();
    await until(() => received.includes('meters/a'));
  }));

test('when the log refuses, nothing is acknowledged, the connection ends, and the device sends again', () =>
  withRig(async (rig, connect) => {
    const client = await connect({ clean: false, clientId: 'device' });
    let closed = 0;
    client.on('close', () => closed++);
    const goOn = rig.log.refuse();
    let acknowledged = 0;
    const all = numbers(50).map(async (n) => {
      await client.publishAsync('meters/a', payload(n), { qos: 1 });
      acknowledged++;
    });
    await until(() => closed > 0 && !rig.ingress.health().ready);
    assert.equal(acknowledged, 0);
    assert.match(rig.ingress.health().detail ?? '', /refuses/);
    goOn();
    await Promise.all(all);
    assert.deepEqual(rig.ingress.health(), { ready: true });
    const ids = new Set((await rig.readings()).map(({ numbers: { n } }) => n));
    assert.equal(ids.size, 50);
  }));

test('a log away for longer than one and a half keep-alives drops a device whose packets wait, and it sends again', () =>
  withRig(async (rig, connect) => {
    const client = await connect({ keepalive: 1, clean: false, clientId: 'device' });
    let closed = 0;
    client.on('close', () => closed++);
    const goOn = rig.log.stall();
    const published = numbers(300).map((n) =>
      client.publishAsync('meters/a', `{"n":${n}}`, { qos: 1 }),
    );
    await until(() => closed > 0);
    goOn();
    await Promise.all(published);
    const readings = await rig.readings();
    assert.ok(readings.length > 300, 'some came again');
    assert.equal(new Set(readings.map(({ numbers: { n } }) => n)).size, 300);
  }));

test('a packet marked DUP without time and id is known to be a repeat', () =>
  withRig(async (rig) => {
    const socket = connectSocket(Number(new URL(rig.url).port), '127.0.0.1');
    // mqtt.js never sets DUP: twice the same PUBLISH, QoS 1, packet identifier 1.
    socket.write(connectPacket);
    const publish = (header: number) =>
      Buffer.from([header, 19, 0, 8, ...Buffer.from('meters/a'), 0, 1, ...Buffer.from('{"n":7}')]);
    socket.write(publish(0x32));
    socket.write(publish(0x3a));
    const readings = await until(async () => {
      const all = await rig.readings();
      return all.length === 2 && all;
    });
    socket.destroy();
    const [first, second] = readings.map(({ eventId }) => eventId);
    assert.match(first ?? '', /^~[\w-]{22}\.\w+/);
    assert.match(second ?? '', /^~dup\.[\w-]{22}\.\w+/);
  }));

test('bad payloads become dead letters with their bytes, then are acknowledged; dropped ones are counted', () =>
  withRig(async (rig, connect) => {
    const client = await connect();
    await client.publishAsync('meters/a', 'no json', { qos: 1 });
    await client.publishAsync('meters/a', '{"n":-1}', { qos: 1 });
    const cut = await firstCut(rig, deadLettersTopic);
    const value = cut.batches[0]?.records[0]?.value;
    assert.ok(value);
    const dead = deadLetterCodec.decode(value);
    assert.equal(dead.bytes.toString(), 'no json');
    assert.equal(dead.reason, 'payload-not-json');
    const counted = await firstCut(rig, ledgerTopic);
    assert.match(String(counted.batches[0]?.records[0]?.value), /"filtered":\{"meters":1\}/);
  }));

test('retained packets and the subscriptions of lasting sessions survive a restart', () =>
  withRig(async (rig, connect) => {
    const device = await connect();
    await device.publishAsync('meters/a', payload(1), { qos: 1, retain: true });
    await device.publishAsync('status/a', 'online', { qos: 1, retain: true });
    await device.publishAsync('status/b', 'online', { qos: 1, retain: true });
    await device.publishAsync('status/b', '', { qos: 1, retain: true });
    const watcher = await connect({ clean: false, clientId: 'watcher' });
    await watcher.subscribeAsync('alarms', { qos: 1 });
    await watcher.endAsync();
    await rig.restart();
    const late = await connect();
    const received = new Map<string, string>();
    late.on('message', (topic, bytes) => received.set(topic, bytes.toString()));
    await late.subscribeAsync('#', { qos: 1 });
    await until(() => received.size === 2);
    assert.deepEqual(
      received,
      new Map([
        ['meters/a', payload(1)],
        ['status/a', 'online'],
      ]),
    );
    await late.publishAsync('alarms', 'fire', { qos: 1 });
    const alarms: string[] = [];
    const back = connectMqtt(rig.url, { clean: false, clientId: 'watcher' });
    back.on('message', (_topic, bytes) => alarms.push(bytes.toString()));
    await until(() => alarms.includes('fire'));
    await back.endAsync(true);
  }));

test('with users, only they get in', () =>
  withRig(
    async (rig, connect) => {
      await connect({ username: 'meter', password: 'secret' });
      const refused = (options: IClientOptions) =>
        assert.rejects(
          connectAsync(rig.url, { reconnectPeriod: 0, ...options }, false),
          /[Nn]ot authorized/,
        );
      await refused({ username: 'meter', password: 'wrong' });
      await refused({});
    },
    { pipeline: { mqtt: { users: [{ username: 'meter', password: 'secret' }] } } },
  ));

test('an address that others reach needs users, or the word that the network is trusted', async () => {
  const mqttListen = { host: '0.0.0.0', port: 0 };
  await assert.rejects(openIngressRig({ settings: { mqttListen } }), (error) =>
    isMillraceError(error, 'ADDRESS_UNPROTECTED'),
  );
  const trusted = await openIngressRig({ settings: { mqttListen, trustNetwork: true } });
  await trusted.close();
  const users = [{ username: 'a', password: 'b' }];
  const guarded = await openIngressRig({ settings: { mqttListen }, pipeline: { mqtt: { users } } });
  await guarded.close();
});

test('a port that is taken is named, with its setting', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  assert.ok(typeof address === 'object' && address);
  try {
    await assert.rejects(
      openIngressRig({ settings: { mqttListen: { host: '127.0.0.1', port: address.port } } }),
      (error) =>
        isMillraceError(error, 'PORT_TAKEN') &&
        error.message.includes(String(address.port)) &&
        error.message.includes('MILLRACE_MQTT_LISTEN'),
    );
  } finally {
    other.close();
  }
});

test('QoS 0 is bounded: while the log stalls the socket is not read, and nothing is lost', () =>
  withRig(async (rig) => {
    const socket = connectSocket(Number(new URL(rig.url).port), '127.0.0.1').setNoDelay();
    socket.write(connectPacket);
    await new Promise((resolve) => socket.once('data', resolve));
    const goOn = rig.log.stall();
    const sent = 6_000;
    for (let n = 0; n < sent; n++) {
      const text = `{"n":${String(n).padStart(4, ' ')}}`;
      socket.write(Buffer.from([0x30, 20, 0, 8, ...Buffer.from(`meters/a${text}`)]));
      // Each packet is a read of its own at the broker, which is in this process.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(rig.log.offered > 1_000 && rig.log.offered < 2_100, `${rig.log.offered} were taken`);
    goOn();
    await until(async () => (await rig.readings()).length === sent);
    socket.destroy();
  }));

test('a clean stop acknowledges what was taken', () =>
  withRig(async (rig, connect) => {
    const client = await connect({ reconnectPeriod: 0 });
    const goOn = rig.log.stall();
    const published = client.publishAsync('meters/a', payload(1), { qos: 1 });
    await until(() => rig.log.offered === 1);
    const stopped = rig.ingress.stop();
    goOn();
    await published;
    await stopped;
  }));

test('a source that shares a filter at an outside broker takes what our own devices publish under the plain one', () =>
  withRig(
    async (rig, connect) => {
      const client = await connect();
      await client.publishAsync('meters/a', payload(1), { qos: 1 });
      assert.equal((await rig.readings()).length, 1);
    },
    {
      pipeline: {
        sources: Object.fromEntries(
          Object.entries(numberedPipeline.sources).map(([name, source]) => [
            name,
            { ...source, topics: ['$share/workers/meters/+'] },
          ]),
        ),
      },
    },
  ));

test("topics under $SYS are the broker's own", () =>
  withRig(async (rig, connect) => {
    const client = await connect({ reconnectPeriod: 0 });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish('$SYS/fake', 'x', { qos: 1 }, () => undefined);
    await closed;
    assert.equal(rig.log.offered, 0);
  }));

test('the queue of a lasting session that is away is bounded, and what it does not take is counted', () =>
  withRig(async (rig, connect) => {
    const watcher = await connect({ clean: false, clientId: 'watcher' });
    await watcher.subscribeAsync('news', { qos: 1 });
    await watcher.endAsync();
    const publisher = await connect();
    await Promise.all(
      numbers(1_200).map((n) => publisher.publishAsync('news', String(n), { qos: 1 })),
    );
    const received: string[] = [];
    const back = connectMqtt(rig.url, { clean: false, clientId: 'watcher' });
    back.on('message', (_topic, bytes) => received.push(bytes.toString()));
    await until(() => received.length >= 1_000);
    await publisher.publishAsync('news', 'last', { qos: 1 });
    await until(() => received.includes('last'));
    await back.endAsync(true);
    assert.deepEqual(received, [...numbers(1_000).map(String), 'last']);
    assert.match(await rig.metrics.metrics(), /queue_dropped_total 200/);
  }));

test('a packet that grows beyond all bounds drops its connection', () =>
  withRig(async (rig) => {
    const socket = connectSocket(Number(new URL(rig.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(connectPacket);
    // A PUBLISH of 256 MB, the most that MQTT has (2.2.3).
    socket.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]));
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(1024 * 1024)));
    };
    socket.on('drain', more);
    more();
    await closed;
    assert.ok(socket.bytesWritten < 64 * 1024 * 1024);
  }));
