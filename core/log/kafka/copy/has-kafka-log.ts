import type { KafkaSettings } from '../../../config/settings.ts';
import { isMillraceError } from '../../../errors.ts';
import { createKafka } from '../client/create-kafka.ts';
import { toLogError } from '../kafka-errors.ts';
import { TopicNames } from '../topic-names.ts';
import { KafkaCluster } from '../wire/kafka-cluster.ts';

/** Whether Millrace has made topics with this prefix. Rejects with `LOG_UNAVAILABLE`. */
export async function hasKafkaLog(settings: KafkaSettings): Promise<boolean> {
  const cluster = new KafkaCluster(createKafka(settings));
  try {
    await cluster.partitionCount(new TopicNames(settings.topicPrefix).commits);
    return true;
  } catch (error) {
    if (isMillraceError(error, 'TOPIC_UNKNOWN')) return false;
    throw toLogError(
      error,
      `looking for ${settings.topicPrefix}commits at ${settings.brokers.join(', ')}`,
    );
  } finally {
    await cluster.close().catch(() => undefined);
  }
}
