import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { withoutEngine } from '../support/require-stack.ts';
import { startInflux } from '../support/servers/start-influx.ts';
import { startInflux1 } from '../support/servers/start-influx1.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';

const skip = withoutEngine();

async function topicsOf(brokers: string[]): Promise<string[]> {
  const admin = new KafkaClient({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

test('test files that ask for a server at the same time get the same one', { skip }, async () => {
  const [one, other] = await Promise.all([startPostgres(), startPostgres()]);
  assert.deepEqual(one, other);
  const client = new Client({ connectionString: one.url });
  await client.connect();
  const { rows } = await client.query('SELECT postgis_version() AS version');
  await client.end();
  assert.match(rows[0].version, /^3\./);
});

test('both lines of InfluxDB answer', { skip }, async () => {
  const [two, one] = await Promise.all([startInflux(), startInflux1()]);
  const buckets = await fetch(`${two.url}/api/v2/buckets?name=${two.bucket}`, {
    headers: { authorization: `Token ${two.token}` },
  });
  assert.equal(buckets.status, 200);
  const databases = await fetch(`${one.url}/query?q=${encodeURIComponent('SHOW DATABASES')}`);
  assert.match(await databases.text(), new RegExp(one.database));
});

test('a Kafka of its own keeps its address and its topics when it is stopped and comes back', {
  skip,
}, async () => {
  const kafka = await startKafka({ own: true });
  try {
    const admin = new KafkaClient({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
    await admin.disconnect();
    await kafka.halt();
    await assert.rejects(topicsOf(kafka.brokers));
    await kafka.resume();
    assert.deepEqual(await topicsOf(kafka.brokers), ['kept']);
  } finally {
    await kafka.stop();
  }
});
