import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings, settingsTable } from '../../../core/config/read-settings.ts';
import { isMillraceError } from '../../../core/errors.ts';

function faultsOf(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    assert.ok(isMillraceError(error, 'SETTING_INVALID'), String(error));
    return error.message;
  }
  assert.fail('no fault was found');
}

test('an empty environment gives the defaults of the interface', () => {
  const settings = readSettings({});
  assert.deepEqual(settings, {
    dataDir: '.millrace',
    host: '127.0.0.1',
    httpPort: 8080,
    webhookPort: 8090,
    webhookTls: undefined,
    mqttListen: { host: '127.0.0.1', port: 1883 },
    mqttWsListen: undefined,
    mqtt: undefined,
    kafka: undefined,
    schemaRegistryUrl: undefined,
    influx: undefined,
    postgresUrl: undefined,
    partitions: 6,
    groupPrefix: '',
    apiToken: undefined,
    trustNetwork: false,
    opsPort: 9464,
    logLevel: 'info',
  });
});

test('an empty value counts as absent, as composed environments give it', () => {
  assert.equal(readSettings({ MILLRACE_HTTP_PORT: '' }).httpPort, 8080);
});

test('the own broker listens where it is told, on IPv6 too, or not at all', () => {
  const listen = (text: string) => readSettings({ MILLRACE_MQTT_LISTEN: text }).mqttListen;
  assert.deepEqual(listen('0.0.0.0:1884'), { host: '0.0.0.0', port: 1884 });
  assert.deepEqual(listen('[::1]:1883'), { host: '::1', port: 1883 });
  assert.equal(listen('off'), undefined);
  assert.equal(readSettings({}).mqttWsListen, undefined);
  const byWebSocket = readSettings({ MILLRACE_MQTT_WS_LISTEN: '0.0.0.0:8083' });
  assert.deepEqual(byWebSocket.mqttWsListen, { host: '0.0.0.0', port: 8083 });
});

test('every fault is listed at once, each with setting, what was expected and what came', () => {
  const message = faultsOf({
    MILLRACE_HTTP_PORT: '80800',
    MILLRACE_LOG_LEVEL: 'loud',
    MILLRACE_MQTT_LISTEN: '1883',
    MILLRACE_MQTT_PASSWORD: 'hunter2',
    MILLRACE_KAFKA_PARTITIONS: '0',
  });
  assert.match(message, /MILLRACE_HTTP_PORT: expected a port .*; came "80800"/);
  assert.match(message, /MILLRACE_LOG_LEVEL: expected one of fatal.*; came "loud"/);
  assert.match(message, /MILLRACE_MQTT_LISTEN: expected host:port/);
  assert.match(message, /MILLRACE_MQTT_USERNAME: expected a value, since MILLRACE_MQTT_PASSWORD/);
  assert.match(message, /MILLRACE_MQTT_URL: expected a value/);
  assert.match(message, /MILLRACE_KAFKA_PARTITIONS/);
});

test('a Kafka cluster is given by its addresses, and then no broker of our own listens unless asked for', () => {
  const settings = readSettings({
    MILLRACE_KAFKA_BROKERS: 'one:9092, two:9092',
    MILLRACE_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    MILLRACE_KAFKA_SASL_USERNAME: 'me',
    MILLRACE_KAFKA_SASL_PASSWORD: 'hunter2',
    MILLRACE_KAFKA_TLS_CA: 'system',
    MILLRACE_KAFKA_TOPIC_PREFIX: 'city.',
    MILLRACE_KAFKA_REPLICATION: '3',
  });
  assert.deepEqual(settings.kafka, {
    brokers: ['one:9092', 'two:9092'],
    sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'hunter2' },
    tls: { ca: undefined, cert: undefined, key: undefined },
    topicPrefix: 'city.',
    replication: 3,
  });
  assert.equal(settings.mqttListen, undefined);
  const listening = readSettings({
    MILLRACE_KAFKA_BROKERS: 'one:9092',
    MILLRACE_MQTT_LISTEN: '127.0.0.1:1884',
  });
  assert.deepEqual(listening.mqttListen, { host: '127.0.0.1', port: 1884 });
  assert.equal(listening.kafka?.tls, undefined);
});

test('the webhook ingress speaks TLS by a certificate and its key, and asks for those of senders by an authority', () => {
  const cert = '-----BEGIN CERTIFICATE-----';
  const tls = { MILLRACE_WEBHOOK_TLS_CERT: cert, MILLRACE_WEBHOOK_TLS_KEY: cert };
  assert.deepEqual(readSettings(tls).webhookTls, { cert, key: cert, clientCa: undefined });
  const mutual = readSettings({ ...tls, MILLRACE_WEBHOOK_TLS_CLIENT_CA: cert });
  assert.equal(mutual.webhookTls?.clientCa, cert);
  assert.match(
    faultsOf({ MILLRACE_WEBHOOK_TLS_CERT: cert }),
    /MILLRACE_WEBHOOK_TLS_KEY: expected a value/,
  );
  assert.match(
    faultsOf({ MILLRACE_WEBHOOK_TLS_CLIENT_CA: cert }),
    /MILLRACE_WEBHOOK_TLS_CERT: expected a value/,
  );
});

test('InfluxDB is 2.x by its bucket or 1.x by its database, and whole', () => {
  const url = 'http://127.0.0.1:8086';
  assert.deepEqual(
    readSettings({
      MILLRACE_INFLUX_URL: `${url}/`,
      MILLRACE_INFLUX_TOKEN: 't',
      MILLRACE_INFLUX_ORG: 'o',
      MILLRACE_INFLUX_BUCKET: 'b',
    }).influx,
    { version: 2, url, token: 't', org: 'o', bucket: 'b' },
  );
  assert.deepEqual(
    readSettings({ MILLRACE_INFLUX_URL: url, MILLRACE_INFLUX_DATABASE: 'd' }).influx,
    { version: 1, url, database: 'd', username: undefined, password: undefined },
  );
  assert.match(faultsOf({ MILLRACE_INFLUX_URL: url }), /MILLRACE_INFLUX_BUCKET: expected a value/);
  assert.match(
    faultsOf({
      MILLRACE_INFLUX_URL: url,
      MILLRACE_INFLUX_DATABASE: 'd',
      MILLRACE_INFLUX_TOKEN: 'hunter2',
    }),
    /MILLRACE_INFLUX_TOKEN: expected it absent/,
  );
  assert.match(faultsOf({ MILLRACE_INFLUX_TOKEN: 't' }), /MILLRACE_INFLUX_URL: expected a value/);
});

test('what belongs to Kafka alone asks for its addresses, and no address is passed over', () => {
  assert.match(
    faultsOf({ MILLRACE_KAFKA_TOPIC_PREFIX: 'city.' }),
    /MILLRACE_KAFKA_BROKERS: expected a value/,
  );
  assert.match(faultsOf({ MILLRACE_KAFKA_BROKERS: 'kafka' }), /MILLRACE_KAFKA_BROKERS: expected/);
  assert.match(
    faultsOf({ MILLRACE_POSTGRES_URL: 'mysql://me:hunter2@host/db' }),
    /MILLRACE_POSTGRES_URL: expected an address such as postgres:/,
  );
});

test('no message shows a secret', () => {
  const message = faultsOf({
    MILLRACE_API_TOKEN: 'hunt 2',
    MILLRACE_MQTT_URL: 'http://me:hunter2@host',
    MILLRACE_MQTT_KEY: 'hunter2',
    MILLRACE_MQTT_CERT: '-----BEGIN PRIVATE KEY----- hunter2',
  });
  assert.doesNotMatch(message, /hunt/);
  assert.match(message, /MILLRACE_API_TOKEN/);
  assert.match(message, /MILLRACE_MQTT_URL/);
});

test('each setting is also read from a file, without the line break at its end', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-settings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'token');
  writeFileSync(path, 'correct-horse\n');
  assert.equal(readSettings({ MILLRACE_API_TOKEN_FILE: path }).apiToken, 'correct-horse');
  assert.match(
    faultsOf({ MILLRACE_API_TOKEN_FILE: join(folder, 'absent') }),
    /MILLRACE_API_TOKEN_FILE: expected the path of a file that can be read; came ".*absent" \(ENOENT\)/,
  );
  assert.match(
    faultsOf({ MILLRACE_API_TOKEN_FILE: path, MILLRACE_API_TOKEN: 'correct-horse' }),
    /MILLRACE_API_TOKEN_FILE: expected it absent where MILLRACE_API_TOKEN is given/,
  );
});

test("an address's password is never printed, nor taken where it has a setting of its own", () => {
  for (const name of ['MILLRACE_SCHEMA_REGISTRY_URL', 'MILLRACE_MQTT_URL', 'MILLRACE_INFLUX_URL'])
    for (const url of ['htp://me:hunter2@host', 'htp://me:hunt/er2@host', 'me:hunter2@host'])
      assert.doesNotMatch(faultsOf({ [name]: url }), /hunt|er2/, `${name}=${url}`);
  assert.match(
    faultsOf({ MILLRACE_INFLUX_URL: 'http://me:hunter2@host:8086', MILLRACE_INFLUX_DATABASE: 'd' }),
    /MILLRACE_INFLUX_URL: expected .*without user and password; came "http:\/\/\.\.\.@host:8086"/,
  );
});

test('a certificate is given as PEM text or as the path of a file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-settings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'ca.pem');
  writeFileSync(path, '-----BEGIN CERTIFICATE-----\n');
  const ca = (text: string) =>
    readSettings({ MILLRACE_MQTT_URL: 'mqtts://host', MILLRACE_MQTT_CA: text }).mqtt?.ca;
  assert.equal(ca(path), '-----BEGIN CERTIFICATE-----');
  assert.equal(ca('-----BEGIN X'), '-----BEGIN X');
  assert.match(
    faultsOf({ MILLRACE_MQTT_URL: 'mqtts://host', MILLRACE_MQTT_CA: join(folder, 'absent') }),
    /MILLRACE_MQTT_CA: expected PEM text that begins with -----BEGIN, or the path of such a file; came ".*absent"/,
  );
});

test('an unknown name is warned about with the nearest name that there is', () => {
  const warnings: string[] = [];
  readSettings({ MILLRACE_HTP_PORT: '1', MILLRACE_REQUIRE_STACK: '1', PATH: '/' }, (sentence) =>
    warnings.push(sentence),
  );
  assert.deepEqual(warnings, [
    'MILLRACE_HTP_PORT is no setting of Millrace and has no effect. Did you mean MILLRACE_HTTP_PORT?',
  ]);
});

test('the settings table names each setting once, with its default and meaning', () => {
  assert.equal(new Set(settingsTable.map((row) => row.name)).size, settingsTable.length);
  for (const row of settingsTable)
    assert.ok(row.meaning.length > 3 && row.default.length > 0, row.name);
});
