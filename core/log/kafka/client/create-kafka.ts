import type { ConnectionOptions } from 'node:tls';
import { type ISocketFactory, Kafka, logLevel, type SASLOptions } from 'kafkajs';
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

/** Of connecting, of metadata and of looking for a coordinator: some 13 s in all, densely at first. */
const retry = { initialRetryTime: 5, multiplier: 1.3, maxRetryTime: 1000, retries: 30 };

/** The one way to a Kafka client. What it logs becomes events. */
export function createKafka(
  settings: KafkaSettings,
  events?: Events,
  { requestTimeoutMs = 10_000, socketFactory = connectSocket }: CreateKafkaOptions = {},
): Kafka {
  mendIdlePolling();
  return new Kafka({
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

function saslOf({ mechanism, username, password }: NonNullable<KafkaSettings['sasl']>) {
  return { mechanism, username, password } as SASLOptions;
}

function tlsOf({ ca, cert, key }: NonNullable<KafkaSettings['tls']>): ConnectionOptions {
  return { ...(ca ? { ca: [ca] } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}
