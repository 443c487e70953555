import type { ConnectionOptions } from 'node:tls';
import {
  type Consumer,
  type ConsumerConfig,
  type ISocketFactory,
  Kafka,
  logLevel,
  Partitioners,
  type Producer,
  type ProducerConfig,
  type SASLOptions,
} from 'kafkajs';
import type { KafkaSettings } from '../../../config/settings.ts';
import type { Events } from '../../../events.ts';
import { connectSocket } from './connect-socket.ts';
import { kafkaLogLines } from './kafka-log-lines.ts';
import { mendIdlePolling } from './mend-idle-polling.ts';

export interface CreateKafkaOptions {
  /** An answer that takes longer counts as lost, and its request is sent again. */
  readonly requestTimeoutMs?: number;
  readonly socketFactory?: ISocketFactory;
}

/**
 * Some 13 s in all, densely at first: after a commit the broker answers CONCURRENT_TRANSACTIONS for a few ms,
 * and kafkajs's own 300 ms would make each transaction last 100. It counts for `InitProducerId` and commits too,
 * which know only the client's setting and no producer's.
 */
const retry = { initialRetryTime: 5, multiplier: 1.3, maxRetryTime: 1000, retries: 30 };

/** The one way to a Kafka client. Producers and consumers of it never create topics; what they log becomes events. */
export function createKafka(
  settings: KafkaSettings,
  events?: Events,
  { requestTimeoutMs = 10_000, socketFactory = connectSocket }: CreateKafkaOptions = {},
): Kafka {
  mendIdlePolling();
  return new QuietKafka({
    clientId: 'millrace',
    brokers: [...settings.brokers],
    connectionTimeout: 3000,
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: logLevel.WARN,
    logCreator: kafkaLogLines(events),
    ...(settings.sasl ? { sasl: saslOf(settings.sasl) } : {}),
    ...(settings.tls ? { ssl: tlsOf(settings.tls) } : {}),
    socketFactory,
  });
}

class QuietKafka extends Kafka {
  override producer(config?: ProducerConfig): Producer {
    // Named, or kafkajs warns; our records carry their partition, so that it is never asked.
    const createPartitioner = Partitioners.DefaultPartitioner;
    return super.producer({ allowAutoTopicCreation: false, createPartitioner, ...config });
  }

  override consumer(config: ConsumerConfig): Consumer {
    return super.consumer({ allowAutoTopicCreation: false, ...config });
  }
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaSettings['sasl']>) {
  return { mechanism, username, password } as SASLOptions;
}

function tlsOf({ ca, cert, key }: NonNullable<KafkaSettings['tls']>): ConnectionOptions {
  return { ...(ca ? { ca: [ca] } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}
