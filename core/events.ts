import { type Logger, pino } from 'pino';
import { Counter, type Registry } from 'prom-client';

/** The room and what happened there: `sink.store-away`. Words are in small letters, with dashes. */
export type EventName = `${string}.${string}`;

/**
 * Named events: one call makes the log line and the count (`millrace_events_total{event}`).
 * info is lifecycle; warn: nothing lost; error: something lost or a person needed. Nothing per reading.
 */
export interface Events {
  debug(event: EventName, fields?: EventFields): void;
  info(event: EventName, fields?: EventFields): void;
  warn(event: EventName, fields?: EventFields): void;
  error(event: EventName, fields?: EventFields): void;
  /** The same, with fields that stand on each line. */
  child(fields: EventFields): Events;
}

/** `message` is the sentence for people; `error` is logged with its cause and stack. */
export interface EventFields {
  readonly message?: string;
  readonly error?: unknown;
  readonly [field: string]: unknown;
}

/** Paths that never reach a log line. */
const redactedPaths = ['password', 'token', 'secret', 'authorization', 'cookie'].flatMap((name) => [
  name,
  `*.${name}`,
  `headers["${name}"]`,
]);

export interface EventsOptions {
  /** A pino level. */
  readonly level: string;
  readonly metrics: Registry;
  /** Where the lines go; standard output when absent. `pretty` is for people at a terminal. */
  readonly pretty?: boolean;
  readonly destination?: { write(line: string): void };
}

export function createEvents(options: EventsOptions): Events {
  const counter = new Counter({
    name: 'millrace_events_total',
    help: 'Named events, as they stand in the log.',
    labelNames: ['event'],
    registers: [options.metrics],
  });
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    serializers: { error: pino.stdSerializers.errWithCause },
  };
  const pretty = {
    transport: {
      target: 'pino-pretty',
      options: { ignore: 'event', translateTime: 'SYS:HH:MM:ss', singleLine: true },
    },
  };
  const logger = options.destination
    ? pino(settings, options.destination)
    : pino(options.pretty ? { ...settings, ...pretty } : settings);
  return wrap(logger, counter);
}

function wrap(logger: Logger, counter: Counter): Events {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: EventName, { message, ...fields }: EventFields = {}) => {
      counter.inc({ event });
      logger[level]({ event, ...fields }, message ?? event);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(fields), counter),
  };
}
