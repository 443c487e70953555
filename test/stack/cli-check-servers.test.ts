import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from '../../cli/bench/millrace-process.ts';
import type { ConnectCheck } from '../../cli/check/connect-check.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { rawTopic } from '../../core/topics.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { runMillrace } from '../support/run-millrace.ts';
import { startInflux } from '../support/servers/start-influx.ts';
import { startInflux1 } from '../support/servers/start-influx1.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';

const skip = withoutEngine();
const city = fileURLToPath(new URL('../../examples/city/millrace.config.ts', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'millrace-check-'));
after(() => rm(dataDir, { recursive: true, force: true }));

/** The checks of the servers that these settings name, by the first word of their name. */
async function check(env: Record<string, string>): Promise<Record<string, ConnectCheck>> {
  const args = ['check', '--connect', '--json', '--config', city, '--data-dir', dataDir];
  const { stdout } = await runMillrace(args, {
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_MQTT_LISTEN: 'off',
    ...env,
  });
  const { connections } = JSON.parse(stdout) as { connections: ConnectCheck[] };
  return Object.fromEntries(connections.map((one) => [one.what.split(' ', 1)[0], one]));
}

test('what is found at each server stands in its line', { skip }, async () => {
  const kafka = await startKafka();
  const { url, token, org, bucket } = await startInflux();
  const postgres = await startPostgres();
  const found = await check({
    MILLRACE_KAFKA_BROKERS: kafka.brokers.join(),
    MILLRACE_KAFKA_TOPIC_PREFIX: `check-${randomUUID()}.`,
    MILLRACE_INFLUX_URL: url,
    MILLRACE_INFLUX_TOKEN: token,
    MILLRACE_INFLUX_ORG: org,
    MILLRACE_INFLUX_BUCKET: bucket,
    MILLRACE_POSTGRES_URL: postgres.url,
  });
  assert.match(found.Kafka?.found ?? '', /^Kafka 4, 1 broker; none of the topics .*insync.* 1/);
  assert.match(found.InfluxDB?.found ?? '', /^InfluxDB 2\.7.*bucket readings.*read and written$/);
  assert.match(found.PostgreSQL?.found ?? '', /^PostgreSQL 17\..*PostGIS 3\.5.*role millrace/);
});

test('an InfluxDB 1 is tried by its database', { skip }, async () => {
  const { url, database } = await startInflux1();
  const given = { MILLRACE_INFLUX_URL: url, MILLRACE_INFLUX_DATABASE: database };
  assert.match((await check(given)).InfluxDB?.found ?? '', /^InfluxDB 1\..*database readings/);
  const { InfluxDB } = await check({ ...given, MILLRACE_INFLUX_DATABASE: 'nowhere' });
  assert.match(InfluxDB?.detail ?? '', /no database nowhere.*CREATE DATABASE/);
});

test('topics with other partitions than the settings say are a fault, with what to set', {
  skip,
}, async () => {
  const { brokers } = await startKafka();
  const topicPrefix = `check-${randomUUID()}.`;
  const settings = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  const admin = createKafka(settings).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topicPrefix + rawTopic, numPartitions: 4 }] });
  await admin.disconnect();
  const given = {
    MILLRACE_KAFKA_BROKERS: brokers.join(),
    MILLRACE_KAFKA_TOPIC_PREFIX: topicPrefix,
  };
  const { Kafka } = await check(given);
  assert.match(
    Kafka?.detail ?? '',
    /4 partitions, and 6 are wanted. Set MILLRACE_KAFKA_PARTITIONS/,
  );
  const fitting = await check({ ...given, MILLRACE_KAFKA_PARTITIONS: '4' });
  assert.match(fitting.Kafka?.found ?? '', /1 of \d+ topics there, 4 partitions, replication 1/);
  const three = await check({ ...given, MILLRACE_KAFKA_REPLICATION: '3' });
  assert.match(three.Kafka?.detail ?? '', /1 broker\(s\), and MILLRACE_KAFKA_REPLICATION is 3/);
});

test('credentials and names that do not fit are told with what to do', { skip }, async () => {
  const { url, org, bucket, token } = await startInflux();
  const { url: address } = await startPostgres();
  const wrong = new URL(address);
  wrong.password = 'not-this-one';
  const influx = { MILLRACE_INFLUX_URL: url, MILLRACE_INFLUX_ORG: org };
  const refused = await check({
    ...influx,
    MILLRACE_INFLUX_TOKEN: 'not-this-one',
    MILLRACE_INFLUX_BUCKET: bucket,
    MILLRACE_POSTGRES_URL: wrong.href,
  });
  assert.match(refused.InfluxDB?.detail ?? '', /doesn't take the credentials/);
  assert.match(refused.PostgreSQL?.detail ?? '', /refuses the role/);
  assert.ok(!JSON.stringify(refused).includes('not-this-one'), 'no secret is printed');
  const nowhere = new URL(address);
  nowhere.pathname = '/nowhere';
  const missing = await check({
    ...influx,
    MILLRACE_INFLUX_TOKEN: token,
    MILLRACE_INFLUX_BUCKET: 'nowhere',
    MILLRACE_POSTGRES_URL: nowhere.href,
  });
  assert.match(missing.InfluxDB?.detail ?? '', /bucket.*nowhere.*Make the bucket/);
  assert.match(missing.PostgreSQL?.detail ?? '', /"nowhere" does not exist.*CREATE DATABASE/);
});

test('a role that may do too little hears what an administrator has to run', { skip }, async () => {
  const { url } = await startPostgres();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const role = `check_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`CREATE DATABASE ${role}`);
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
  const own = new URL(url);
  own.username = role;
  own.password = 'p';
  own.pathname = `/${role}`;
  try {
    const { PostgreSQL } = await check({ MILLRACE_POSTGRES_URL: own.href });
    assert.match(PostgreSQL?.detail ?? '', /CREATE SCHEMA millrace AUTHORIZATION check_/);
  } finally {
    await admin.query(`DROP DATABASE ${role}`);
    await admin.query(`DROP ROLE ${role}`);
    await admin.end();
  }
});

test('servers that are not there, or say nothing, end the check within some seconds', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const settings = (at: string) => ({
    MILLRACE_KAFKA_BROKERS: at,
    MILLRACE_INFLUX_URL: `http://${at}`,
    MILLRACE_INFLUX_DATABASE: 'any',
    MILLRACE_POSTGRES_URL: `postgres://me@${at}/any`,
    MILLRACE_SCHEMA_REGISTRY_URL: `http://${at}`,
  });
  try {
    const startedAt = performance.now();
    const unheard = await check(settings(`127.0.0.1:${port}`));
    assert.ok(performance.now() - startedAt < 15_000);
    const gone = await check(settings(`127.0.0.1:${await freePort()}`));
    for (const name of ['Kafka', 'InfluxDB', 'PostgreSQL', 'schema']) {
      assert.equal(unheard[name]?.ok, false);
      assert.match(unheard[name]?.detail ?? '', /no answer (in time|within 5 s)\. Check /, name);
      assert.equal(gone[name]?.ok, false);
      assert.match(gone[name]?.detail ?? '', / Check /, name);
    }
  } finally {
    silent.close();
  }
});
