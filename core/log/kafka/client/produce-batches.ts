import type { Message, TopicMessages } from 'kafkajs';
import type { RecordBatch } from './record-batch.ts';

/**
 * Batches that are encoded already, one a partition, as kafkajs's `sendBatch` takes them. kafkajs looks for messages
 * without a value (`find`) and groups the rest by partition (`reduce`, in quadratic time); both answers are known
 * here. `mend-produce-encoding.ts` then writes each batch as it is.
 */
export function topicMessagesOf(
  topic: string,
  batches: Readonly<Record<number, RecordBatch>>,
): TopicMessages {
  const messages = { find: () => undefined, reduce: () => batches };
  return { topic, messages: messages as unknown as Message[] };
}
