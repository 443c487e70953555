import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { sparkplugB } from '../../../formats/sparkplug-b.ts';
import { encodeSparkplug } from '../../support/encode-sparkplug.ts';
import { openIngressRig } from '../../support/ingress-rig.ts';
import { until } from '../../support/until.ts';

const at = 1_767_225_600_000;
const plant = { pipeline: { sources: { plant: { format: sparkplugB() } } } };
const born = { name: 'Pressure', alias: 1, datatype: 10, value: 10.5 };
const byAlias = (value: number) => ({ metrics: [{ alias: 1, value }] });

/** An edge node that follows the commands to it. */
async function edgeNode(url: string) {
  const client: MqttClient = await connectAsync(url, { reconnectPeriod: 50 });
  const asked: string[] = [];
  client.on('error', () => undefined);
  client.on('message', (topic) => asked.push(topic));
  await client.subscribeAsync('spBv1.0/plant/NCMD/press');
  return {
    asked,
    end: () => client.endAsync(true),
    send: (type: string, seq: number, payload: Parameters<typeof encodeSparkplug>[0] = {}) =>
      client.publishAsync(
        `spBv1.0/plant/${type}/press${type.startsWith('D') ? '/ram' : ''}`,
        encodeSparkplug({ timestamp: at + seq, seq, ...payload }),
        { qos: 1 },
      ),
  };
}

test('a node with aliases that no birth declared is asked for its births at our own broker, when the log has its packet', async () => {
  const rig = await openIngressRig(plant);
  const node = await edgeNode(rig.url);
  try {
    const goOn = rig.log.stall();
    const sent = node.send('DDATA', 7, byAlias(11));
    await until(() => rig.log.offered > 0);
    assert.deepEqual(node.asked, []);
    goOn();
    await sent;
    await until(() => node.asked.length === 1);
    assert.deepEqual(node.asked, ['spBv1.0/plant/NCMD/press']);
    assert.match(await rig.metrics.metrics(), /requests_total\{source="plant"\} 1/);
  } finally {
    await node.end();
    await rig.close();
  }
});

test('at an outside broker it is asked there', async () => {
  const outside = await openIngressRig({ pipeline: { sources: {} } });
  const none = undefined;
  const login = { username: none, password: none, ca: none, cert: none, key: none, clientId: none };
  const mqtt = { url: outside.url, ...login };
  const rig = await openIngressRig({ ...plant, settings: { mqttListen: undefined, mqtt } });
  const node = await edgeNode(outside.url);
  try {
    await until(() => rig.ingress.health().ready);
    await node.send('DDATA', 7, byAlias(11));
    await until(() => node.asked.length === 1);
  } finally {
    await node.end();
    await rig.close();
    await outside.close();
  }
});

test('aliases are known after a restart, and where the sequence stood', async () => {
  const rig = await openIngressRig(plant);
  const node = await edgeNode(rig.url);
  try {
    await node.send('NBIRTH', 0, { metrics: [{ name: 'bdSeq', datatype: 8, value: 1n }] });
    await node.send('DBIRTH', 1, { metrics: [born] });
    await rig.restart();
    await node.send('DDATA', 2, byAlias(11));
    const pressures = (await rig.readings()).map(({ numbers }) => numbers.pressure);
    assert.deepEqual(pressures.filter((pressure) => pressure !== undefined).sort(), [10.5, 11]);
    assert.deepEqual(node.asked, []);
  } finally {
    await node.end();
    await rig.close();
  }
});

test('a birth that the log refused was never there: its packet is not acknowledged, and comes again', async () => {
  const rig = await openIngressRig(plant);
  const node = await edgeNode(rig.url);
  try {
    await node.send('NBIRTH', 0, { metrics: [{ name: 'bdSeq', datatype: 8, value: 1n }] });
    const goOn = rig.log.refuse();
    const birth = node.send('DBIRTH', 1, { metrics: [born] });
    await until(() => rig.ingress.health().ready === false);
    goOn();
    await birth;
    await rig.restart();
    await node.send('DDATA', 2, byAlias(11));
    assert.ok((await rig.readings()).some(({ numbers }) => numbers.pressure === 11));
  } finally {
    await node.end();
    await rig.close();
  }
});
