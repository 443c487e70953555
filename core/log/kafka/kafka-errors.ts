import { isMillraceError, MillraceError } from '../../errors.ts';

/** What kafkajs's errors carry: `type` is the protocol's name of the error. */
interface KafkaErrorLike {
  readonly type?: string;
  readonly message?: string;
  readonly name?: string;
}

/** The protocol's name of an error, as `NOT_LEADER_FOR_PARTITION`; undefined for other errors. */
export function kafkaErrorType(error: unknown): string | undefined {
  return (error as KafkaErrorLike | undefined)?.type;
}

/** Every failure of the cluster as the log's contract has it. */
export function toLogError(error: unknown, doing: string): MillraceError {
  if (isMillraceError(error)) return error;
  const { message = String(error) } = (error ?? {}) as KafkaErrorLike;
  const type = kafkaErrorType(error);
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return new MillraceError('TOPIC_UNKNOWN', `Kafka has no such topic: ${doing}.`, {
      cause: error,
    });
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')
    return new MillraceError(
      'RECORD_TOO_LARGE',
      `Kafka refuses a record for its size: ${doing}. Raise the topic's max.message.bytes.`,
      { cause: error },
    );
  const todo = remedies.find(([pattern]) => pattern.test(`${type} ${message}`))?.[1];
  return new MillraceError(
    'LOG_UNAVAILABLE',
    todo
      ? `Kafka refuses us (${message}): ${doing}. ${todo}`
      : `Kafka does not answer as expected (${message}): ${doing}. Check the brokers.`,
    { cause: error },
  );
}

/** What an operator can do about refusals that don't pass by themselves; by type and message. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /_AUTHORIZATION_FAILED/,
    'Let the account create, describe, read and write the topics, groups and transactional ids with our prefixes.',
  ],
  [
    /SASL|authentication/i,
    'Check MILLRACE_KAFKA_SASL_USERNAME and MILLRACE_KAFKA_SASL_PASSWORD, and that the listener takes MILLRACE_KAFKA_SASL_MECHANISM.',
  ],
  [
    /certificate|altnames|issuer/i,
    'Set MILLRACE_KAFKA_TLS_CA to the authority that signed the certificate of the brokers, and name them in MILLRACE_KAFKA_BROKERS as the certificate does.',
  ],
];

export function unknownTopic(topic: string): MillraceError {
  return new MillraceError(
    'TOPIC_UNKNOWN',
    `There is no topic ${topic} in the log. Create it with createTopics before it is used.`,
  );
}

export function logClosed(): MillraceError {
  return new MillraceError(
    'LOG_CLOSED',
    'The log has been closed; nothing more can be written or read.',
  );
}

/** For error codes in answers that this driver decodes itself. */
export class KafkaCodeError extends Error {
  readonly type: string;
  readonly code: number;

  constructor(code: number, place: string) {
    const type = codeNames[code] ?? `ERROR_${code}`;
    super(`${type} for ${place}`);
    this.name = 'KafkaCodeError';
    this.type = type;
    this.code = code;
  }
}

/** https://kafka.apache.org/protocol#protocol_error_codes, those that produce and fetch answer with. */
const codeNames: Readonly<Record<number, string>> = {
  1: 'OFFSET_OUT_OF_RANGE',
  2: 'CORRUPT_MESSAGE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_FOR_PARTITION',
  7: 'REQUEST_TIMED_OUT',
  9: 'REPLICA_NOT_AVAILABLE',
  10: 'MESSAGE_TOO_LARGE',
  18: 'RECORD_LIST_TOO_LARGE',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  32: 'INVALID_TIMESTAMP',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  56: 'KAFKA_STORAGE_ERROR',
  59: 'UNKNOWN_PRODUCER_ID',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  90: 'PRODUCER_FENCED',
};
