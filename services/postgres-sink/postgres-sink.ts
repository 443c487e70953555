import { isMillraceError, type MillraceError } from '../../core/errors.ts';
import type { Health, ServiceContext } from '../../core/service.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import {
  openPostgresWriter,
  type PostgresStoreWriter,
} from '../../stores/postgres/open-postgres-store.ts';
import { type PruneTimer, startPruneTimer } from '../../stores/sink/prune-timer.ts';
import { refuseStoreAhead } from '../../stores/sink/refuse-store-ahead.ts';
import { retryWhileUnavailable } from '../../stores/sink/retry-while-unavailable.ts';
import { SinkConsumer } from '../../stores/sink/sink-consumer.ts';
import { type SinkMetrics, sinkMetrics } from '../../stores/sink/sink-metrics.ts';
import type { PostgresSinkConfig } from './config.ts';
import { RegistersFollower } from './registers-follower.ts';

/** All that runs while the database is open. */
interface Running {
  readonly writer: PostgresStoreWriter;
  readonly registers: RegistersFollower;
  readonly pruning: PruneTimer;
}

/**
 * Opens the store, follows the log into it, and begins again where the store stands when that has gone back.
 * A server that is away at the start is waited for in the background; one that refuses, refuses the start.
 */
export class PostgresSink {
  readonly #context: ServiceContext;
  readonly #config: PostgresSinkConfig;
  readonly #metrics: SinkMetrics;
  readonly #stopping = new AbortController();
  #running: Running | undefined;
  #consumer: SinkConsumer | undefined;
  /** Not ready, and why, while there is no consumer. */
  #waitsFor = 'The store has not been opened yet.';
  /** What happens beside: waiting for the server, beginning again. */
  #background: Promise<void> = Promise.resolve();
  #beginsAgain = false;

  constructor(context: ServiceContext, config: PostgresSinkConfig) {
    this.#context = context;
    this.#config = config;
    const { log, metrics: registry } = context;
    const account = async () =>
      this.#running?.writer.account() ?? Promise.reject(new Error(this.#waitsFor));
    this.#metrics = sinkMetrics({
      prefix: 'postgres_sink',
      registry,
      log,
      writer: { account },
      topics: config.topics,
    });
  }

  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      if (!isMillraceError(error) || !error.retryable) throw error;
      this.#sayWaiting(error);
      this.#inBackground(() => this.#openWhenItIsThere());
    }
  }

  health(): Health {
    return this.#consumer?.health() ?? { ready: false, detail: this.#waitsFor };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#background;
    await this.#consumer?.stop();
    await this.#running?.registers.stop();
    await this.#running?.pruning.stop();
    await this.#running?.writer.close();
    this.#context.events.info('sink.stopped', { message: 'postgres-sink has stopped.' });
  }

  async #openWhenItIsThere(): Promise<void> {
    await retryWhileUnavailable(() => this.#open(), {
      ...this.#config.retry,
      signal: this.#stopping.signal,
      onRetry: (error) => this.#sayWaiting(error),
    });
  }

  async #open(): Promise<void> {
    const { pipeline, log, now, events } = this.#context;
    const { url, topics, pruneEveryMs } = this.#config;
    const writer = await openPostgresWriter({
      url,
      historyMs: pipeline.retention.historyMs,
      deadLettersMs: pipeline.retention.topicsMs,
      logId: log.id,
      now,
      mapped: tablePlans(pipeline),
      onMapped: (message) => events.info('sink.table-mapped', { message }),
    });
    try {
      await refuseStoreAhead({
        log,
        writer,
        topics,
        store: `The store in ${writer.server}`,
        remedy:
          'Put back the backup of the database that belongs to this log, or run `millrace rebuild`, which makes the store anew from this log.',
      });
      const consumer = this.#newConsumer(writer);
      await consumer.start();
      const registers = new RegistersFollower({ log, writer, events, retry: this.#config.retry });
      const pruning = startPruneTimer(writer, { everyMs: pruneEveryMs, now, events });
      this.#running = { writer, registers, pruning };
      this.#consumer = consumer;
    } catch (error) {
      await writer.close();
      throw error;
    }
    events.info('sink.started', { message: 'postgres-sink reads on where it was.' });
  }

  #newConsumer(writer: PostgresStoreWriter): SinkConsumer {
    const { log, events, now } = this.#context;
    const takeOver = (error: MillraceError) => {
      if (error.code !== 'STORE_WENT_BACK') return false;
      // Every partition finds it out.
      if (!this.#beginsAgain) this.#inBackground(() => this.#beginAgain(error));
      this.#beginsAgain = true;
      return true;
    };
    return new SinkConsumer({
      config: this.#config,
      log,
      writer,
      events,
      metrics: this.#metrics,
      now,
      takeOver,
    });
  }

  /** The log is to be read from where the store stands now: another consumer asks it. */
  async #beginAgain(error: MillraceError): Promise<void> {
    const { events } = this.#context;
    const running = this.#running;
    if (running === undefined || this.#stopping.signal.aborted) return;
    events.warn('sink.begins-again', { message: error.message, error });
    await this.#consumer?.stop();
    running.writer.acceptWhereItStands();
    running.registers.writeAll();
    this.#beginsAgain = false;
    this.#consumer = this.#newConsumer(running.writer);
    await retryWhileUnavailable(async () => this.#consumer?.start(), {
      ...this.#config.retry,
      signal: this.#stopping.signal,
      onRetry: (failure) => this.#sayWaiting(failure),
    });
  }

  #inBackground(work: () => Promise<void>): void {
    const { events } = this.#context;
    this.#background = this.#background.then(work).catch((error: Error) => {
      if (this.#stopping.signal.aborted) return;
      this.#waitsFor = error.message;
      events.error('sink.gave-up', { message: error.message, error });
    });
  }

  #sayWaiting(error: unknown): void {
    this.#waitsFor = error instanceof Error ? error.message : String(error);
    this.#context.events.warn('sink.store-away', {
      message: 'The store can not be opened yet; it is tried again.',
      error,
    });
  }
}
