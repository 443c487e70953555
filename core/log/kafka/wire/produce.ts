import type { NewRecord } from '../../event-log.ts';
import { KafkaCodeError } from '../kafka-errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { WireRequest } from './kafka-cluster.ts';
import type { ProducerIdentity } from './kafkajs-shapes.ts';
import { RecordBatch } from './record-batch.ts';

/** A record on its way to a partition. */
export type OutRecord = Pick<NewRecord, 'key' | 'value' | 'timestampMs'>;

export interface OutBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  readonly records: readonly OutRecord[];
}

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
}

/** Produce v7 in a transaction, `acks=all`, one batch a partition. The answer's first error code is thrown. */
export function produceRequest(
  producer: ProducerIdentity,
  batches: readonly OutBatch[],
  timeoutMs: number,
): WireRequest<ProducedBatch[]> {
  const writer = new ByteWriter(16 * 1024);
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  writer.string(producer.transactionalId).int16(-1).int32(timeoutMs).int32(byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    writer.string(topic).int32(ofTopic.length);
    for (const batch of ofTopic) {
      const encoded = encodeBatch(producer, batch);
      writer.int32(batch.partition).int32(encoded.length).bytes(encoded);
    }
  }
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    body: writer.done(),
    timeoutMs,
    decode: decodeProduced,
  };
}

function encodeBatch(
  { producerId, producerEpoch }: ProducerIdentity,
  { records, firstSequence }: OutBatch,
): Buffer {
  const batch = new RecordBatch();
  for (const { key, value, timestampMs } of records)
    batch.add(Buffer.from(key), value, timestampMs);
  const transactional = true;
  return batch.finish({
    ...{ producerId: BigInt(producerId), producerEpoch, firstSequence, transactional },
  });
}

function decodeProduced(payload: Buffer): ProducedBatch[] {
  const reader = new ByteReader(payload);
  const topics = reader.array(() => ({
    topic: reader.string() ?? '',
    partitions: reader.array(() => {
      const row = { partition: reader.int32(), errorCode: reader.int16() };
      const baseOffset = reader.int64();
      reader.int64();
      reader.int64();
      return { ...row, baseOffset };
    }),
  }));
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, errorCode, baseOffset }) => {
      if (errorCode !== 0) throw new KafkaCodeError(errorCode, `${topic}, partition ${partition}`);
      return { topic, partition, baseOffset };
    }),
  );
}
