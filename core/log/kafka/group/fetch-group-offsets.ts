import { KafkaCodeError } from '../kafka-errors.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { type KafkaCluster, sendTo } from '../wire/kafka-cluster.ts';
import type { GroupOffset } from './group-member.ts';

/** What a group has committed of all its topics. OffsetFetch v3, whose null for the topics kafkajs can't say. */
export async function fetchGroupOffsets(
  cluster: KafkaCluster,
  groupId: string,
): Promise<GroupOffset[]> {
  const broker = await cluster.coordinator('group', groupId);
  return sendTo(broker, {
    apiKey: 9,
    apiVersion: 3,
    apiName: 'OffsetFetch',
    body: new ByteWriter().string(groupId).int32(-1).done(),
    decode: (payload) => decodeOffsets(payload, groupId),
  });
}

function decodeOffsets(payload: Buffer, groupId: string): GroupOffset[] {
  const reader = new ByteReader(payload);
  reader.int32();
  const topics = reader.array(() => ({
    topic: reader.string() ?? '',
    partitions: reader.array(() => {
      const row = { partition: reader.int32(), nextOffset: reader.int64() };
      reader.string();
      reader.int16();
      return row;
    }),
  }));
  const errorCode = reader.int16();
  if (errorCode !== 0) throw new KafkaCodeError(errorCode, `the offsets of group ${groupId}`);
  return topics.flatMap(({ topic, partitions }) =>
    partitions.filter(({ nextOffset }) => nextOffset >= 0).map((row) => ({ topic, ...row })),
  );
}
