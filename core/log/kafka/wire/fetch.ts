import { ByteWriter } from './byte-writer.ts';
import { decodeRecords, type StableBatch } from './decode-records.ts';
import type { WireRequest } from './kafka-cluster.ts';

export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchBounds {
  /** How long the broker may wait for something new; 0: it answers at once. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
}

/** What a broker answers for one partition. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the request. */
  readonly offset: number;
  readonly errorCode: number;
  /** Every record below it is decided: committed or aborted. */
  readonly stableOffset: number;
  readonly highWatermark: number;
  readonly startOffset: number;
  readonly batches: readonly StableBatch[];
  /** Where to go on; it may pass markers, aborted and compacted records without any batch. */
  readonly nextOffset: number;
}

const answerMs = 10_000;

/**
 * Fetch v10 with `read_committed`. From v11 on brokers answer also for partitions that they only follow, and a follower
 * may have fewer records than we have read. https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function fetchRequest(
  positions: readonly FetchPosition[],
  { maxWaitMs, maxBytes, partitionMaxBytes }: FetchBounds,
): WireRequest<FetchedPartition[]> {
  const writer = new ByteWriter();
  const byTopic = Map.groupBy(positions, ({ topic }) => topic);
  const offsets = new Map<string, number>();
  writer.int32(-1).int32(maxWaitMs).int32(1).int32(maxBytes).int8(1).int32(0).int32(-1);
  writer.int32(byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    writer.string(topic).int32(ofTopic.length);
    for (const { partition, offset } of ofTopic) {
      offsets.set(`${topic}/${partition}`, offset);
      writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(partitionMaxBytes);
    }
  }
  writer.int32(0);
  return {
    apiKey: 1,
    apiVersion: 10,
    apiName: 'Fetch',
    body: writer.done(),
    timeoutMs: maxWaitMs + answerMs,
    decode: (payload) => decodeFetch(payload, offsets),
  };
}

function decodeFetch(payload: Buffer, offsets: ReadonlyMap<string, number>): FetchedPartition[] {
  const found: FetchedPartition[] = [];
  let at = 10;
  const int32 = () => {
    at += 4;
    return payload.readInt32BE(at - 4);
  };
  const int64 = () => {
    at += 8;
    return Number(payload.readBigInt64BE(at - 8));
  };
  const topics = int32();
  for (let topicAt = 0; topicAt < topics; topicAt++) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes;
    const partitions = int32();
    for (let partitionAt = 0; partitionAt < partitions; partitionAt++) {
      const partition = int32();
      const errorCode = payload.readInt16BE(at);
      at += 2;
      const [highWatermark, stableOffset, startOffset] = [int64(), int64(), int64()];
      const aborted: { producerId: number; firstOffset: number }[] = [];
      for (let left = int32(); left > 0; left--)
        aborted.push({ producerId: int64(), firstOffset: int64() });
      const size = Math.max(0, int32());
      const records = payload.subarray(at, at + size);
      at += size;
      const offset = offsets.get(`${topic}/${partition}`) ?? 0;
      found.push({
        ...{ topic, partition, offset, errorCode, highWatermark, stableOffset, startOffset },
        ...decodeRecords(records, offset, aborted),
      });
    }
  }
  return found;
}
