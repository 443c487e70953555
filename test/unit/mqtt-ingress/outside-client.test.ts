import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import mqttPacket, { type Packet as ControlPacket, type IConnackPacket } from 'mqtt-packet';
import { OutsideClient } from '../../../services/mqtt-ingress/outside-client.ts';
import type { ReceivedPublish } from '../../../services/mqtt-ingress/packet-reader.ts';
import { until } from '../../support/until.ts';

/** A broker that does what no real one can be made to do: it answers what the test says, and nothing else. */
async function scriptedBroker(t: TestContext, connack: Partial<IConnackPacket> = {}) {
  const received: ControlPacket[] = [];
  const sockets: Socket[] = [];
  const send = (packet: ControlPacket) =>
    sockets[0]?.write(mqttPacket.generate(packet, { protocolVersion: 5 }));
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    parser.on('packet', (packet) => {
      received.push({ ...packet });
      if (packet.cmd === 'connect')
        send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, ...connack });
    });
    socket.on('data', (chunk) => parser.parse(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stream = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const publishes: ReceivedPublish[] = [];
  let closedWith: Error | null | undefined;
  const client = new OutsideClient({
    stream,
    protocolVersion: 5,
    connect: { clientId: 'c', clean: false },
    onConnected: () => undefined,
    onPublish: (packet) => publishes.push(packet),
    onClose: (error) => {
      closedWith = error ?? null;
    },
  });
  t.after(() => {
    stream.destroy();
    server.close();
  });
  return {
    client,
    send,
    publishes,
    sockets,
    commands: () => received.map(({ cmd }) => cmd),
    received,
    closed: () => until(() => (closedWith === undefined ? false : { error: closedWith })),
  };
}

const publishPacket = (messageId: number, qos: 1 | 2): ControlPacket => ({
  cmd: 'publish',
  topic: 'a',
  payload: 'x',
  qos,
  dup: false,
  retain: false,
  messageId,
});

test('a broker that is there and answers nothing is given up after a keep-alive', async (t) => {
  const { closed, commands } = await scriptedBroker(t, { properties: { serverKeepAlive: 1 } });
  const { error } = await closed();
  assert.match(error?.message ?? '', /answered no ping/);
  assert.ok(commands().includes('pingreq'));
});

test('while it is paused it pings, gives no broker up, and hands nothing on', async (t) => {
  const broker = await scriptedBroker(t, { properties: { serverKeepAlive: 1 } });
  await until(() => broker.client.connected);
  broker.client.pause();
  broker.send(publishPacket(1, 1));
  await until(() => broker.commands().filter((cmd) => cmd === 'pingreq').length >= 4);
  assert.equal(broker.publishes.length, 0);
  assert.equal(broker.client.connected, true);
  broker.client.resume();
  await until(() => broker.publishes.length === 1);
});

test('a pause in the middle of a read keeps the rest of it for later', async (t) => {
  const broker = await scriptedBroker(t);
  await until(() => broker.client.connected);
  const seen = broker.publishes;
  const push = seen.push.bind(seen);
  seen.push = (...packets) => {
    const length = push(...packets);
    if (length === 3) broker.client.pause();
    return length;
  };
  for (let id = 1; id <= 10; id++) broker.send(publishPacket(id, 1));
  await until(() => seen.length === 3);
  broker.client.resume();
  await until(() => seen.length === 10);
  assert.deepEqual(
    seen.map(({ messageId }) => messageId),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test('QoS 2 is acknowledged by PUBREC, and PUBREL answered', async (t) => {
  const broker = await scriptedBroker(t);
  await until(() => broker.client.connected);
  broker.send(publishPacket(7, 2));
  await until(() => broker.publishes.length === 1);
  broker.client.acknowledge(2, 7);
  await until(() => broker.commands().includes('pubrec'));
  broker.send({ cmd: 'pubrel', messageId: 7 });
  await until(() => broker.commands().includes('pubcomp'));
});

test('ends with what it owes and a DISCONNECT, and acknowledges nothing afterwards', async (t) => {
  const broker = await scriptedBroker(t);
  await until(() => broker.client.connected);
  broker.send(publishPacket(1, 1));
  await until(() => broker.publishes.length === 1);
  broker.client.acknowledge(1, 1);
  const ended = broker.client.end();
  broker.client.acknowledge(1, 2);
  await ended;
  await until(() => broker.commands().includes('disconnect'));
  assert.deepEqual(broker.commands().slice(1), ['puback', 'disconnect']);
  assert.equal((await broker.closed()).error, null);
});

test('says why the broker refused or ended the connection', async (t) => {
  const refused = await scriptedBroker(t, { reasonCode: 0x86 });
  assert.match((await refused.closed()).error?.message ?? '', /user name or password/);
  const ended = await scriptedBroker(t);
  await until(() => ended.client.connected);
  ended.send({ cmd: 'disconnect', reasonCode: 0x8e });
  assert.match((await ended.closed()).error?.message ?? '', /same client id/);
});

test('what is no MQTT ends the connection', async (t) => {
  const broker = await scriptedBroker(t);
  await until(() => broker.client.connected);
  broker.sockets[0]?.write(Buffer.from('3603000161', 'hex'));
  assert.match((await broker.closed()).error?.message ?? '', /no MQTT/);
});
