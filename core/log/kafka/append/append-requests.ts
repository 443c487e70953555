import { ByteWriter } from '../wire/byte-writer.ts';
import type { WireRequest } from '../wire/kafka-cluster.ts';
import type { RecordBatch } from '../wire/record-batch.ts';

/** Under which the broker tells repeats of an idempotent producer's batches. */
export interface ProducerId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One batch on its way, with the sequence number of its first record. */
export interface NumberedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  readonly batch: RecordBatch;
}

export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** https://kafka.apache.org/protocol#protocol_error_codes; 0: written. */
  readonly errorCode: number;
}

/** A broker may wait so long for its replicas. */
const replicasMs = 10_000;

/** InitProducerId v1, without a transactional id. */
export function initProducerIdRequest(): WireRequest<ProducerId & { readonly errorCode: number }> {
  return {
    apiKey: 22,
    apiVersion: 1,
    apiName: 'InitProducerId',
    body: new ByteWriter().string(null).int32(0).done(),
    decode: (payload) => ({
      errorCode: payload.readInt16BE(4),
      producerId: payload.readBigInt64BE(6),
      producerEpoch: payload.readInt16BE(14),
    }),
  };
}

/** Produce v7 with `acks=all`, outside of transactions. */
export function appendRequest(
  id: ProducerId,
  batches: readonly NumberedBatch[],
): WireRequest<PartitionAnswer[]> {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const bytes = batches.reduce((sum, { batch }) => sum + batch.used + 64, 256);
  const writer = new ByteWriter(bytes);
  writer.string(null).int16(-1).int32(replicasMs).int32(byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    writer.string(topic).int32(ofTopic.length);
    for (const { partition, firstSequence, batch } of ofTopic) {
      const finished = batch.finish({ ...id, firstSequence, transactional: false });
      writer.int32(partition).int32(finished.length).bytes(finished);
    }
  }
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    body: writer.done(),
    decode: decodeAnswers,
  };
}

/** Of each partition: number, error code, base offset, append time, start offset; 30 bytes. */
function decodeAnswers(payload: Buffer): PartitionAnswer[] {
  const answers: PartitionAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameEnd = at + 2 + payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, nameEnd);
    at = nameEnd + 4;
    for (let partitions = payload.readInt32BE(nameEnd); partitions > 0; partitions--, at += 30) {
      const partition = payload.readInt32BE(at);
      answers.push({ topic, partition, errorCode: payload.readInt16BE(at + 4) });
    }
  }
  return answers;
}
