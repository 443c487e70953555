import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { WebSocket } from 'ws';
import { isMillraceError } from '../../../core/errors.ts';
import { foreignUpgrade } from '../../../services/mqtt-ingress/foreign-upgrade.ts';
import { type IngressRig, openIngressRig, type RigOptions } from '../../support/ingress-rig.ts';
import { until } from '../../support/until.ts';

const anyPort = { host: '127.0.0.1', port: 0 };
const numbers = (count: number) => [...Array(count).keys()];
const payload = (n: number) => JSON.stringify({ n, at: 1_700_000_000_000_000 + n });

const connectPacket = mqttPacket.generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: 'raw',
  clean: true,
  keepalive: 0,
});
const publishPacket = (n: number, qos: 0 | 1) =>
  mqttPacket.generate({
    cmd: 'publish',
    topic: 'meters/a',
    payload: payload(n),
    qos,
    messageId: n + 1,
    dup: false,
    retain: false,
  });

async function withRig(
  run: (
    rig: IngressRig,
    url: string,
    connect: (options?: IClientOptions) => Promise<MqttClient>,
  ) => Promise<void>,
  options: RigOptions = {},
): Promise<void> {
  const rig = await openIngressRig({
    ...options,
    settings: { mqttWsListen: anyPort, ...options.settings },
  });
  const url = `ws://127.0.0.1:${rig.ingress.webSocketPort}`;
  const clients: MqttClient[] = [];
  const connect = async (given: IClientOptions = {}) => {
    const client = await connectAsync(`${url}/mqtt`, { reconnectPeriod: 50, ...given });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  try {
    await run(rig, url, connect);
  } finally {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await rig.close();
  }
}

test('what comes by WebSocket is acknowledged when the log has it, and goes on to whoever follows by TCP', () =>
  withRig(async (rig, _url, connect) => {
    const follower = await connectAsync(rig.url);
    const followed: string[] = [];
    follower.on('message', (_topic, bytes) => followed.push(bytes.toString()));
    await follower.subscribeAsync('meters/#', { qos: 1 });
    const client = await connect();
    const goOn = rig.log.stall();
    let acknowledged = 0;
    const all = numbers(300).map(async (n) => {
      await client.publishAsync(`meters/m${n % 3}`, payload(n), { qos: 1 });
      acknowledged++;
    });
    await until(() => rig.log.offered > 0);
    assert.equal(acknowledged, 0);
    goOn();
    await Promise.all(all);
    const readings = await rig.readings();
    assert.deepEqual(
      readings.map((one) => one.numbers.n ?? -1).sort((a, b) => a - b),
      numbers(300),
    );
    await until(() => followed.length === 300);
    await follower.endAsync(true);
  }));

test('a broker may listen by WebSocket alone', () =>
  withRig(
    async (rig, _url, connect) => {
      assert.equal(rig.ingress.mqttPort, undefined);
      const client = await connect({ protocolVersion: 4 });
      await client.publishAsync('meters/a', payload(1), { qos: 1 });
      assert.equal((await rig.readings()).length, 1);
    },
    { settings: { mqttListen: undefined } },
  ));

test('with users, only they get in, and from any page', () =>
  withRig(
    async (rig, _url, connect) => {
      const login = { username: 'pump', password: 'secret' };
      const wsOptions = { headers: { origin: 'https://dashboards.example' } };
      const client = await connect({ ...login, wsOptions });
      await client.publishAsync('meters/a', payload(1), { qos: 1 });
      await assert.rejects(
        connect({ ...login, password: 'wrong', reconnectPeriod: 0 }),
        /Not authorized|Connection refused/,
      );
      await assert.rejects(connect({ reconnectPeriod: 0 }), /Not authorized|Connection refused/);
      assert.equal((await rig.readings()).length, 1);
    },
    { pipeline: { mqtt: { users: [{ username: 'pump', password: 'secret' }] } } },
  ));

test('an address that others reach needs users here too', async () => {
  await assert.rejects(
    openIngressRig({
      settings: { mqttListen: undefined, mqttWsListen: { host: '0.0.0.0', port: 0 } },
    }),
    (error) =>
      isMillraceError(error, 'ADDRESS_UNPROTECTED') &&
      error.message.includes('MILLRACE_MQTT_WS_LISTEN'),
  );
});

test('a port that is taken is named, with its setting, and nothing stays open', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    await assert.rejects(
      openIngressRig({ settings: { mqttWsListen: { host: '127.0.0.1', port } } }),
      (error) =>
        isMillraceError(error, 'PORT_TAKEN') && error.message.includes('MILLRACE_MQTT_WS_LISTEN'),
    );
  } finally {
    other.close();
  }
});

/** What the server answers to an upgrade: 101, or why not. */
async function upgrade(
  url: string,
  options: { protocols?: string[]; headers?: Record<string, string> },
): Promise<number> {
  const { protocols = ['mqtt'], headers = {} } = options;
  const socket = new WebSocket(url, protocols, { headers });
  const status = await new Promise<number>((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
  socket.once('error', () => undefined);
  socket.terminate();
  return status;
}

test('pages of other sites are kept out where nobody signs in, and clients that speak something else', () =>
  withRig(async (_rig, url) => {
    assert.equal(await upgrade(url, { protocols: ['v12.stomp', 'mqtt'] }), 101);
    assert.equal(await upgrade(url, { protocols: ['v12.stomp'] }), 400);
    assert.equal(await upgrade(url, { protocols: [] }), 400);
    assert.equal(await upgrade(url, { headers: { origin: 'http://127.0.0.1:8080' } }), 101);
    assert.equal(await upgrade(url, { headers: { origin: 'https://elsewhere.example' } }), 403);
    assert.equal(await upgrade(url, { headers: { origin: 'null' } }), 403);
    assert.equal(await upgrade(url, { headers: { host: 'rebound.example' } }), 403);
    const plain = await fetch(url.replace('ws:', 'http:'));
    assert.equal(plain.status, 426);
  }));

test('in a network that is trusted a page of the same machine may connect', () => {
  const network = (host: string, origin: string) => foreignUpgrade('0.0.0.0', { host, origin });
  assert.equal(network('10.0.0.7:8083', 'http://10.0.0.7:8080'), undefined);
  assert.equal(network('edge:8083', 'http://edge:8080'), undefined);
  assert.match(network('10.0.0.7:8083', 'http://10.0.0.8') ?? '', /10\.0\.0\.8.*mqtt\.users/);
  assert.match(network('shop.example', 'http://shop.example') ?? '', /Host header/);
});

test('packets are packets however messages cut them; a text message ends the connection', () =>
  withRig(async (rig, url) => {
    const socket = new WebSocket(url, ['mqtt']);
    await once(socket, 'open');
    const packets = Buffer.concat([connectPacket, ...numbers(20).map((n) => publishPacket(n, 1))]);
    for (let from = 0; from < packets.length; from += 7)
      socket.send(packets.subarray(from, from + 7));
    await until(async () => (await rig.readings()).length === 20);
    const closed = once(socket, 'close');
    socket.send('text');
    const [code] = await closed;
    assert.equal(code, 1003);
  }));

test('QoS 0 by WebSocket is bounded too: while the log stalls nothing is read, and nothing is lost', () =>
  withRig(async (rig, url) => {
    const socket = new WebSocket(url, ['mqtt']);
    await once(socket, 'open');
    socket.send(connectPacket);
    await once(socket, 'message');
    const goOn = rig.log.stall();
    const sent = 6_000;
    for (const n of numbers(sent)) {
      socket.send(publishPacket(n, 0));
      // Each packet is a read of its own at the broker, which is in this process.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => rig.log.offered > 1_000);
    assert.ok(rig.log.offered < 2_100, `${rig.log.offered} were taken`);
    goOn();
    await until(async () => (await rig.readings()).length === sent);
    socket.terminate();
  }));

test('a device that goes away while it is not read is let go', () =>
  withRig(async (rig, _url, connect) => {
    const client = await connect({ reconnectPeriod: 0 });
    const goOn = rig.log.stall();
    for (const n of numbers(20_000)) client.publish('meters/a', payload(n));
    await until(() => rig.ingress.heldPackets > 0);
    client.stream.destroy();
    goOn();
    await until(() => rig.ingress.heldPackets === 0);
    await until(async () => /millrace_mqtt_connections 0/.test(await rig.metrics.metrics()));
  }));
