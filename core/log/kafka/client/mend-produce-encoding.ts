import type { Message } from 'kafkajs';
import { requireInternal } from './kafkajs-internals.ts';
import { RecordBatch } from './record-batch.ts';

/** What kafkajs gives its encoder for one partition. */
export interface ProducePartition {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly Message[] | RecordBatch;
}

export interface ProduceInput {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string | null;
  readonly producerId?: { toString(): string };
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly ProducePartition[];
  }[];
}

/** kafkajs's writer takes the payload of a request in this shape. */
interface Payload {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

interface ProduceProtocol {
  readonly request: { readonly apiVersion: number; encode: () => Promise<Payload> };
  readonly response: unknown;
}

export interface ProduceDefinition {
  protocol: (of: { version: number }) => (input: ProduceInput) => ProduceProtocol;
}

let isMended = false;

/**
 * kafkajs makes an encoder of 512 zeroed bytes for each record, pushes varints through arrays and counts in BigInt:
 * 5 us a record. This gives the Produce request (versions 3 to 7, which share their form) an encoder that writes
 * straight into one buffer, and takes batches that are encoded already. Headers and compression stay kafkajs's.
 * Called by `createKafka`.
 */
export function mendProduceEncoding(): void {
  if (isMended) return;
  const produce = requireInternal('src/protocol/requests/produce') as ProduceDefinition;
  produce.protocol = quickProtocol(produce.protocol);
  isMended = true;
}

export function quickProtocol(original: ProduceDefinition['protocol']): typeof original {
  return ({ version }) => {
    const protocol = original({ version });
    if (version < 3) return protocol;
    return (input) => {
      const { request, response } = protocol(input);
      if (!isPlain(input)) return { request, response };
      return { request: { ...request, encode: async () => encodeProduce(input) }, response };
    };
  };
}

function isPlain({ compression = 0, topicData }: ProduceInput): boolean {
  if (compression !== 0) return false;
  for (const { partitions } of topicData)
    for (const { messages } of partitions)
      if (!(messages instanceof RecordBatch) && messages.some(({ headers }) => headers))
        return false;
  return true;
}

/** The body of a ProduceRequest: transactional id, acks, timeout, topics of partitions of one record batch each. */
export function encodeProduce(input: ProduceInput): Payload {
  const { topicData, transactionalId = null, producerEpoch = 0 } = input;
  const producerId = BigInt(input.producerId?.toString() ?? '-1');
  const parts: Buffer[] = [
    nullableString(transactionalId),
    int16(input.acks),
    int32(input.timeout),
  ];
  parts.push(int32(topicData.length));
  for (const { topic, partitions } of topicData) {
    parts.push(nullableString(topic), int32(partitions.length));
    for (const { partition, messages, firstSequence = 0 } of partitions) {
      const batch = messages instanceof RecordBatch ? messages : batchOf(messages);
      const transactional = transactionalId !== null;
      const bytes = batch.finish({ producerId, producerEpoch, firstSequence, transactional });
      parts.push(int32(partition), int32(bytes.length), bytes);
    }
  }
  const buffer = Buffer.concat(parts);
  return { buf: buffer, buffer };
}

function batchOf(messages: readonly Message[]): RecordBatch {
  const batch = new RecordBatch();
  const nowMs = Date.now();
  for (const { key, value, timestamp } of messages)
    batch.add(bytesOf(key), bytesOf(value), timestamp ? Number(timestamp) : nowMs);
  return batch;
}

function bytesOf(content: Buffer | string | null | undefined): Buffer | null {
  if (content === null || content === undefined) return null;
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function nullableString(text: string | null): Buffer {
  if (text === null) return int16(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([int16(bytes.length), bytes]);
}
