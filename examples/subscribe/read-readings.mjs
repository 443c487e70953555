/**
 * Prints enriched readings as JSON lines, decoded by the schemas that the registry gives.
 *
 * npm install kafkajs avsc
 * node read-readings.mjs
 */
import { parseArgs } from 'node:util';
import avro from 'avsc';
import { Kafka } from 'kafkajs';

const usage = `Usage: node read-readings.mjs [--brokers localhost:9092] [--registry http://127.0.0.1:8080/registry]
       [--token TOKEN] [--topic readings.enriched.v1] [--group readings-example] [--limit 10]`;

function readArguments() {
  try {
    return parseArgs({ options });
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

const options = {
  help: { type: 'boolean', default: false },
  brokers: { type: 'string', default: 'localhost:9092' },
  registry: { type: 'string', default: 'http://127.0.0.1:8080/registry' },
  token: { type: 'string' },
  topic: { type: 'string', default: 'readings.enriched.v1' },
  group: { type: 'string', default: 'readings-example' },
  limit: { type: 'string', default: 'Infinity' },
};
const { values } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const limit = Number(values.limit);
const types = new Map();

/** The type of a schema id, asked for once. */
async function typeOf(id) {
  const known = types.get(id);
  if (known) return known;
  const headers = values.token ? { authorization: `Bearer ${values.token}` } : {};
  const answer = await fetch(`${values.registry}/schemas/ids/${id}`, { headers });
  if (!answer.ok) throw new Error(`Schema ${id}: ${answer.status} ${await answer.text()}`);
  const { schema } = await answer.json();
  const type = avro.Type.forSchema(JSON.parse(schema));
  types.set(id, type);
  return type;
}

const consumer = new Kafka({ brokers: values.brokers.split(','), logLevel: 1 }).consumer({
  groupId: values.group,
});
await consumer.connect();
await consumer.subscribe({ topics: [values.topic], fromBeginning: true });
let printed = 0;
await consumer.run({
  eachMessage: async ({ message }) => {
    if (printed >= limit) return;
    // Byte 0, the schema's id in 4 bytes, Avro.
    const type = await typeOf(message.value.readUInt32BE(1));
    console.log(JSON.stringify(type.fromBuffer(message.value.subarray(5))));
    if (++printed === limit) setImmediate(() => consumer.disconnect());
  },
});
