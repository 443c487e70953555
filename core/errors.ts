/**
 * The one catalogue of errors that people meet. docs/errors.md explains each; a test compares the two.
 * A message says what was expected, what came, where, and what to do next.
 */
export const errorCatalogue = {
  CONFIG_INVALID: { retryable: false, summary: 'The configuration has faults.' },
  CONFIG_NOT_FOUND: {
    retryable: false,
    summary: 'There is no configuration file at the path given.',
  },
  CONFIG_THREW: { retryable: false, summary: 'The configuration file could not be loaded.' },
  SETTING_INVALID: {
    retryable: false,
    summary: 'An environment setting has a value that does not fit.',
  },
  PORT_TAKEN: { retryable: false, summary: 'Another program listens on the port.' },
  ADDRESS_UNPROTECTED: {
    retryable: false,
    summary: 'A non-loopback address is bound without credentials.',
  },
  DATA_DIR_IN_USE: { retryable: false, summary: 'Another process writes to this data folder.' },
  DATA_DAMAGED: { retryable: false, summary: 'A database file is damaged.' },
  LOG_UNAVAILABLE: { retryable: true, summary: 'The log cannot be written or read at present.' },
  LOG_FULL: { retryable: true, summary: 'The disk under the log is full, or nearly.' },
  LOG_CLOSED: { retryable: false, summary: 'The log has been closed.' },
  RECORD_TOO_LARGE: { retryable: false, summary: 'A record is larger than the log takes.' },
  TOPIC_UNKNOWN: { retryable: false, summary: 'There is no such topic.' },
  TOPIC_PARTITIONS_DIFFER: {
    retryable: false,
    summary: 'Topics that must match have unequal partition counts.',
  },
  SCHEMA_UNKNOWN: {
    retryable: false,
    summary: 'A record names a schema id that is not in the registry.',
  },
  SCHEMA_BREAKS: {
    retryable: false,
    summary: 'A schema cannot read what its older version wrote.',
  },
  REGISTRY_UNAVAILABLE: { retryable: true, summary: 'The schema registry does not answer.' },
  REGISTRY_REFUSED: { retryable: false, summary: 'The schema registry does not take a schema.' },
  RECORD_UNDECODABLE: { retryable: false, summary: 'A record is not what its schema says.' },
  STORE_UNAVAILABLE: {
    retryable: true,
    summary: 'The store cannot be written or read at present.',
  },
  STORE_MISCONFIGURED: {
    // The one who mends it may do so at the server, and then nothing has to be started again.
    retryable: true,
    summary: 'The store is not there, or may not be used with these credentials.',
  },
  STORE_REFUSES: {
    retryable: false,
    summary: 'The store refuses more records than a sink may set aside.',
  },
  STORE_NOT_PREPARED: {
    retryable: false,
    summary: 'The database lacks what only an administrator can give it.',
  },
  TABLE_DIFFERS: {
    retryable: false,
    summary: 'A table of the store is not as the configuration maps it.',
  },
  STORE_NEWER: { retryable: false, summary: 'A newer Millrace has made the tables of the store.' },
  STORE_WENT_BACK: {
    retryable: false,
    summary: 'The store stands before what the sink has written to it.',
  },
  BROKER_UNREACHABLE: { retryable: true, summary: 'The MQTT broker does not answer.' },
  BROKER_REFUSED: {
    retryable: true,
    summary: 'The MQTT broker refused the connection or a subscription.',
  },
  INPUT_INVALID: {
    retryable: false,
    summary: 'A file or an argument is not what the command takes.',
  },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** Every expected failure. `message` is a sentence for people; `cause` keeps what lay beneath. */
export class MillraceError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MillraceError';
    this.code = code;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}

export function isMillraceError(error: unknown, code?: ErrorCode): error is MillraceError {
  return error instanceof MillraceError && (code === undefined || error.code === code);
}
