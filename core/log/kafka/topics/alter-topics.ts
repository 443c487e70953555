import { KafkaCodeError } from '../kafka-errors.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';

const topicResource = 2;
const set = 0;

/**
 * Sets these settings and leaves all others: IncrementalAlterConfigs v0. kafkajs has only AlterConfigs, which puts
 * back to its default whatever it isn't told, an operator's own settings included.
 */
export async function alterTopics(
  cluster: KafkaCluster,
  topics: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Promise<void> {
  if (topics.size === 0) return;
  const writer = new ByteWriter().int32(topics.size);
  for (const [topic, settings] of topics) {
    const rows = Object.entries(settings);
    writer.int8(topicResource).string(topic).int32(rows.length);
    for (const [name, value] of rows) writer.string(name).int8(set).string(value);
  }
  writer.int8(0);
  await cluster.sendToAny({
    apiKey: 44,
    apiVersion: 0,
    apiName: 'IncrementalAlterConfigs',
    body: writer.done(),
    decode: failOnError,
  });
}

function failOnError(payload: Buffer): void {
  const reader = new ByteReader(payload);
  reader.int32();
  reader.array(() => {
    const errorCode = reader.int16();
    const message = reader.string();
    reader.int8();
    const topic = reader.string();
    if (errorCode !== 0)
      throw new KafkaCodeError(errorCode, `the settings of ${topic} (${message ?? ''})`);
  });
}
