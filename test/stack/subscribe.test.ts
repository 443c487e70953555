import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { readingCodec } from '../../core/codec.ts';
import { entityKey, type Reading } from '../../core/reading.ts';
import { makeReading } from '../support/make-reading.ts';
import { runPython, withoutPython } from '../support/python.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startTestDashboard, type TestDashboard } from '../support/start-test-dashboard.ts';

const skip = withoutEngine();
const python = new URL('../../examples/subscribe/read_readings.py', import.meta.url);
const node = new URL('../../examples/subscribe/read-readings.mjs', import.meta.url);
const topicPrefix = `python-${randomUUID().slice(0, 8)}.`;
const topic = `${topicPrefix}readings.enriched.v1`;

const readings: readonly Reading[] = [
  makeReading({ eventId: 'e1', entityId: '18/1029', numbers: { speed: 12.5 } }),
  makeReading({
    eventId: 'e2',
    entityId: 'Ø7',
    observedAt: Date.UTC(2026, 2, 1, 12, 0, 0, 250) * 1000 + 125,
    flags: { doorsOpen: true },
    texts: { line: 'naïve Ü' },
    position: { lat: 59.91, lon: 10.75, altitude: null },
    zones: ['harbour'],
    unset: ['delay'],
  }),
];

let brokers: string[];
let dashboard: TestDashboard;

before(async () => {
  if (skip) return;
  ({ brokers } = await startKafka());
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  dashboard = await startTestDashboard({ settings: { kafka } });
  await writeToKafka();
});
after(async () => {
  await dashboard?.stop();
});

async function writeToKafka(): Promise<void> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messages = readings.map((reading) => ({
    key: entityKey(reading),
    value: readingCodec.encode(reading),
  }));
  await producer.send({ topic, messages, acks: -1 });
  await producer.disconnect();
}

/** What both programs are told; the group is each one's own. */
const args = (group: string) => [
  ...['--brokers', brokers.join(',')],
  ...['--registry', `${dashboard.url}/registry`],
  ...['--topic', topic, '--group', `${topicPrefix}${group}`, '--limit', String(readings.length)],
];

interface Printed extends Omit<Reading, 'observedAt' | 'receivedAt'> {
  readonly observedAt: string;
  readonly receivedAt: string;
}

test('a Python program with the Avro deserializer of confluent-kafka reads enriched readings by the built-in registry', {
  skip: skip || withoutPython(),
}, async () => {
  const lines = await runPython(python, args('python'));
  const printed = lines.map((line) => JSON.parse(line) as Printed);
  assert.equal(printed.length, readings.length);
  for (const [index, { observedAt, receivedAt, ...rest }] of printed.entries()) {
    const { observedAt: micros, receivedAt: _, ...wanted } = readings[index] as Reading;
    assert.deepEqual(rest, wanted);
    // Python's datetime is exact to the microsecond; the Date here is not.
    assert.equal(Date.parse(observedAt), Math.floor(micros / 1000));
    assert.equal(Number(/\.(\d{6})/.exec(observedAt)?.[1] ?? 0), micros % 1_000_000);
  }
});

test('so does a Node program that knows nothing of Millrace', { skip }, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(node), ...args('node')],
    { timeout: 60_000 },
  );
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    readings,
  );
});
