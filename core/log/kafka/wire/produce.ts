import { createRequire } from 'node:module';
import type { NewRecord } from '../../event-log.ts';
import { KafkaCodeError } from '../kafka-errors.ts';
import { ByteWriter, varintBytes } from './byte-writer.ts';
import type { ProducerIdentity, WireRequest } from './kafka-cluster.ts';

const require = createRequire(import.meta.url);
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

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

/** Roughly what a record takes beside key and value. */
export const outRecordBytes = 24;

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
  const writer = new ByteWriter(4096);
  const firstMs = records[0]?.timestampMs ?? 0;
  let newestMs = firstMs;
  for (const { timestampMs } of records) newestMs = Math.max(newestMs, timestampMs);
  // Base offset, length, leader epoch, magic, checksum: filled in below.
  writer.int64(0).int32(0).int32(-1).int8(2).int32(0);
  const transactional = 0x10;
  writer.int16(transactional).int32(records.length - 1);
  writer.int64(firstMs).int64(newestMs).int64(BigInt(producerId)).int16(producerEpoch);
  writer.int32(firstSequence).int32(records.length);
  for (const [index, record] of records.entries())
    writeRecord(writer, record, index, record.timestampMs - firstMs);
  writer.uint32At(8, writer.used - 12);
  writer.uint32At(17, crc32c(writer.done().subarray(21)));
  return writer.done();
}

function writeRecord(
  writer: ByteWriter,
  { key, value }: OutRecord,
  index: number,
  laterMs: number,
): void {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = value?.length ?? -1;
  const fixed = 2 + varintBytes(laterMs) + varintBytes(index);
  const lengths = varintBytes(keyBytes) + varintBytes(valueBytes);
  writer.varint(fixed + lengths + keyBytes + Math.max(0, valueBytes));
  writer.int8(0).varint(laterMs).varint(index).varint(keyBytes).text(key, keyBytes);
  writer.varint(valueBytes);
  if (value) writer.bytes(value);
  writer.varint(0);
}

function decodeProduced(payload: Buffer): ProducedBatch[] {
  const produced: ProducedBatch[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes + 4;
    for (let partitions = payload.readInt32BE(at - 4); partitions > 0; partitions--) {
      const partition = payload.readInt32BE(at);
      const errorCode = payload.readInt16BE(at + 4);
      if (errorCode !== 0) throw new KafkaCodeError(errorCode, `${topic}, partition ${partition}`);
      produced.push({ topic, partition, baseOffset: Number(payload.readBigInt64BE(at + 6)) });
      at += 30;
    }
  }
  return produced;
}
