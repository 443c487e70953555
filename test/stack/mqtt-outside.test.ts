import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { type IngressRig, openIngressRig } from '../support/ingress-rig.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { type Mosquitto, startMosquitto } from '../support/servers/start-mosquitto.ts';
import { startOutsideSubscriber } from '../support/start-outside-subscriber.ts';
import { until } from '../support/until.ts';

const skip = withoutEngine();
let mosquitto: Mosquitto;
let certificate: { cert: string; key: string };
let device: MqttClient;
let rig: IngressRig;

before(async () => {
  if (skip) return;
  certificate = await makeCertificate();
  const tls = { port: await freePort(), ...certificate };
  const webSocketPort = await freePort();
  mosquitto = await startMosquitto({ port: await freePort(), tls, webSocketPort });
  device = await connectAsync(mosquitto.url, { reconnectPeriod: 100 });
  device.on('error', () => undefined);
  rig = await openIngressRig();
});

after(async () => {
  await device?.endAsync(true);
  await rig?.close();
  await mosquitto?.stop();
});

/** `localhost`, signed by itself. */
async function makeCertificate(): Promise<{ cert: string; key: string }> {
  const folder = await makeDataFolder();
  const [cert, key] = [join(folder.path, 'server.crt'), join(folder.path, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', [...kind, '-keyout', key, '-out', cert, ...subject]);
  const made = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  await folder.remove();
  return made;
}

const versions = [4, 5] as const;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const publish = (meter: string, n: number) =>
  device.publishAsync(`meters/${meter}`, JSON.stringify({ n, at: 1e15 + n }), { qos: 1 });
const readNumbers = async (meter: string) =>
  (await rig.readings()).filter(({ entityId }) => entityId === meter).map((one) => one.numbers.n);
const came = (meter: string, count: number) =>
  until(async () => new Set(await readNumbers(meter)).size === count);

for (const protocolVersion of versions) {
  const name = protocolVersion === 5 ? '5' : '3.1.1';
  const common = () => ({ rig, url: mosquitto.url, protocolVersion });

  test(`MQTT ${name}: all comes in order, also what came while we were away`, {
    skip,
  }, async () => {
    const meter = `session${protocolVersion}`;
    const wanted = [`meters/${meter}`];
    const choice = { ...common(), clientId: meter, wanted };
    let subscriber = await startOutsideSubscriber(choice);
    await Promise.all(numbers(0, 500).map((n) => publish(meter, n)));
    await came(meter, 500);
    await subscriber.stop();
    await Promise.all(numbers(500, 600).map((n) => publish(meter, n)));
    subscriber = await startOutsideSubscriber(choice);
    await came(meter, 600);
    await subscriber.stop();
    const all = await readNumbers(meter);
    assert.deepEqual([...new Set(all)], numbers(0, 600));
  });

  test(`MQTT ${name}: what the log refuses comes again`, { skip }, async () => {
    const meter = `refused${protocolVersion}`;
    const choice = { ...common(), clientId: meter, wanted: [`meters/${meter}`] };
    const subscriber = await startOutsideSubscriber(choice);
    const goOn = rig.log.refuse();
    const offered = rig.log.offered;
    await Promise.all(numbers(0, 100).map((n) => publish(meter, n)));
    await until(() => rig.log.offered > offered);
    goOn();
    await came(meter, 100);
    await subscriber.stop();
  });

  test(`MQTT ${name}: filters that the configuration no longer has are removed`, {
    skip,
  }, async () => {
    const [kept, gone] = [`kept${protocolVersion}`, `gone${protocolVersion}`];
    const clientId = `stale${protocolVersion}`;
    const filters = [`meters/${kept}`, `meters/${gone}`];
    const before = await startOutsideSubscriber({ ...common(), clientId, wanted: filters });
    await Promise.all([publish(kept, 1), publish(gone, 1)]);
    await Promise.all([came(kept, 1), came(gone, 1)]);
    await before.stop();
    const later = await startOutsideSubscriber({
      ...common(),
      clientId,
      wanted: [`meters/${kept}`],
    });
    await publish(gone, 2);
    await publish(kept, 2);
    await came(kept, 2);
    await later.stop();
    assert.deepEqual(await readNumbers(gone), [1]);
  });

  test(`MQTT ${name}: a retained packet does not come again at each start`, { skip }, async () => {
    const meter = `retained${protocolVersion}`;
    await device.publishAsync(`meters/${meter}`, '{"n":1}', { qos: 1, retain: true });
    const choice = { ...common(), clientId: meter, wanted: [`meters/${meter}`] };
    for (let start = 0; start < 3; start++) {
      const subscriber = await startOutsideSubscriber(choice);
      await publish(meter, 10 + start);
      await until(async () => (await readNumbers(meter)).includes(10 + start));
      await subscriber.stop();
    }
    const all = await readNumbers(meter);
    assert.equal(all.filter((n) => n === 1).length, 1);
    const first = (await rig.readings()).find(({ entityId }) => entityId === meter);
    assert.match(
      first?.eventId ?? '',
      /^~dup\./,
      'it is known for state that may have come before',
    );
  });

  test(`MQTT ${name}: goes on after the broker was restarted`, { skip }, async () => {
    const meter = `restart${protocolVersion}`;
    const choice = { ...common(), clientId: meter, wanted: [`meters/${meter}`] };
    const subscriber = await startOutsideSubscriber(choice);
    await Promise.all(numbers(0, 50).map((n) => publish(meter, n)));
    await came(meter, 50);
    await mosquitto.restart();
    await until(() => device.connected);
    await Promise.all(numbers(50, 100).map((n) => publish(meter, n)));
    await came(meter, 100);
    await subscriber.stop();
  });
}

test('by TLS, with a certificate authority of its own', { skip }, async () => {
  const url = mosquitto.tlsUrl ?? '';
  const { cert: ca } = certificate;
  const choice = {
    rig,
    url,
    ca,
    clientId: 'tls',
    protocolVersion: 5,
    wanted: ['meters/tls'],
  } as const;
  const subscriber = await startOutsideSubscriber(choice);
  await publish('tls', 1);
  await came('tls', 1);
  await subscriber.stop();
});

for (const protocolVersion of versions) {
  test(`by WebSocket and TLS, MQTT ${protocolVersion === 5 ? '5' : '3.1.1'}, small packets and large ones`, {
    skip,
  }, async () => {
    const meter = `wss${protocolVersion}`;
    const subscriber = await startOutsideSubscriber({
      rig,
      url: mosquitto.webSocketUrl ?? '',
      ca: certificate.cert,
      clientId: meter,
      protocolVersion,
      wanted: [`meters/${meter}`],
    });
    await Promise.all(numbers(0, 500).map((n) => publish(meter, n)));
    const large = JSON.stringify({ n: 500, at: 1e15 + 500, ballast: 'x'.repeat(800_000) });
    await device.publishAsync(`meters/${meter}`, large, { qos: 1 });
    await came(meter, 501);
    await subscriber.stop();
    assert.deepEqual([...new Set(await readNumbers(meter))], numbers(0, 501));
  });
}

test('MQTT 5: another client with our client id is noticed, and whoever was thrown out waits', {
  skip,
}, async () => {
  const clientId = 'shared-id';
  const lines: string[] = [];
  const choice = { rig, url: mosquitto.url, protocolVersion: 5, wanted: ['meters/taken'] } as const;
  const destination = { write: (line: string) => lines.push(line) };
  const first = await startOutsideSubscriber({ ...choice, clientId, destination });
  const second = await startOutsideSubscriber({ ...choice, clientId });
  await until(() => lines.some((line) => line.includes('mqtt.client-id-taken')));
  await publish('taken', 1);
  await came('taken', 1);
  assert.equal(second.health().ready, true);
  assert.match(first.health().detail ?? '', /same client id/);
  await first.stop();
  await second.stop();
});
