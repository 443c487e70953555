import { isMillraceError, MillraceError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type {
  Consumption,
  EventLog,
  NewRecord,
  ProcessContext,
  RecordBatch,
} from '../../core/log/event-log.ts';
import type { Health } from '../../core/service.ts';
import type { InfluxWriter, WrittenBatch } from '../../stores/influx/influx-writer.ts';
import { RefusalShare } from '../../stores/sink/refusal-share.ts';
import { retryWhileUnavailable } from '../../stores/sink/retry-while-unavailable.ts';
import { SinkTrouble } from '../../stores/sink/sink-trouble.ts';
import { commitOf, countsKey, countsState } from './commit-of.ts';
import type { InfluxSinkConfig } from './config.ts';
import type { InfluxSinkMetrics } from './metrics.ts';

export interface InfluxConsumerParts {
  readonly config: InfluxSinkConfig;
  readonly log: Pick<EventLog, 'process'>;
  readonly writer: Pick<InfluxWriter, 'prepare' | 'writeReadings'>;
  readonly events: Events;
  readonly metrics: InfluxSinkMetrics;
  /** Microseconds. */
  readonly now: () => number;
}

/** Takes the enriched readings to InfluxDB, and says how it goes. */
export class InfluxConsumer {
  readonly #parts: InfluxConsumerParts;
  readonly #share = new RefusalShare();
  readonly #stopping = new AbortController();
  #consumption: Consumption | undefined;
  readonly #trouble = new SinkTrouble();

  constructor(parts: InfluxConsumerParts) {
    this.#parts = parts;
  }

  /** Doesn't wait for InfluxDB. */
  async start(): Promise<void> {
    const { config, log, events, writer } = this.#parts;
    this.#consumption = await log.process({
      group: config.group,
      topics: config.topics,
      maxRecords: config.maxRecords,
      maxBytes: config.maxBytes,
      // The first reading after a silence is stored at once; those that follow it closely, together.
      lingerMs: config.minBatchIntervalMs,
      handle: (batch, context) => this.#handle(batch, context),
      onError: (error) => {
        if (this.#stopping.signal.aborted) return;
        this.#trouble.waits('log', error);
        events.warn('sink.batch-failed', {
          message:
            'A batch could not be stored or its offset not committed; it comes again, which is harmless.',
          error,
        });
      },
    });
    // Before anything flows, so that what is wrong with address or credentials shows at once.
    this.#keepTrying('start', () => writer.prepare()).catch(() => undefined);
  }

  health(): Health {
    return this.#trouble.health;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#consumption?.stop();
  }

  async #handle(batch: RecordBatch, context: ProcessContext): Promise<readonly NewRecord[]> {
    const startedAt = performance.now();
    const counts = context.state(countsState.step, countsState.version);
    await counts.load([countsKey]);
    const written = await this.#write(batch);
    const tookMs = performance.now() - startedAt;
    this.#parts.metrics.countBatch(batch, written, tookMs / 1000);
    // ACK: the offset commits with what is returned here; the points are in InfluxDB.
    return commitOf(batch, written, { counts, now: this.#parts.now() });
  }

  async #write(batch: RecordBatch): Promise<WrittenBatch> {
    const { writer } = this.#parts;
    const place = `${batch.topic}/${batch.partition}`;
    try {
      const written = await this.#keepTrying(place, () => writer.writeReadings(batch));
      this.#judgeRefusals(batch, written);
      this.#trouble.goesOn('log');
      return written;
    } catch (error) {
      this.#trouble.waits(place, error);
      if (isMillraceError(error) && !error.retryable) this.#giveUp(error);
      throw error;
    }
  }

  /** Until InfluxDB does it, or the sink is stopped: then with the last error. */
  async #keepTrying<T>(place: string, attempt: () => Promise<T>): Promise<T> {
    const done = await retryWhileUnavailable(attempt, {
      ...this.#parts.config.retry,
      signal: this.#stopping.signal,
      onRetry: (error, pauseMs) => {
        this.#trouble.waits(place, error);
        this.#sayRetry(error, pauseMs);
      },
    });
    this.#trouble.goesOn(place);
    return done;
  }

  /** Throws `STORE_REFUSES` when InfluxDB refuses too much; then nothing is set aside. */
  #judgeRefusals({ topic, partition, records }: RecordBatch, { refusals }: WrittenBatch): void {
    const tooMany = this.#share.add(records.length, refusals.length);
    const words = refusals[0]?.detail ?? 'nothing';
    if (tooMany !== undefined)
      throw new MillraceError(
        'STORE_REFUSES',
        `InfluxDB should take nearly every reading: ${tooMany}. The sink has stopped, and nothing was set aside of this batch. ` +
          `InfluxDB says: ${words}. Mend the cause, then start again: it goes on where it stood.`,
      );
    if (refusals.length > 0)
      this.#parts.events.error('sink.records-refused', {
        message: `InfluxDB refused ${refusals.length} records of ${topic}/${partition}; they become dead letters. It says: ${words}`,
      });
  }

  #sayRetry(error: unknown, pauseMs: number): void {
    const { events } = this.#parts;
    const again = `tried again in ${Math.round(pauseMs)} ms`;
    if (isMillraceError(error, 'STORE_MISCONFIGURED'))
      events.error('sink.misconfigured', {
        message: `${error.message} All waits in the log; it is ${again}.`,
        error,
      });
    else events.warn('sink.store-away', { message: `InfluxDB is away; it is ${again}.`, error });
  }

  /** Not awaited: it waits for the batch in hand, which is this one. */
  #giveUp(error: Error): void {
    this.#trouble.stopped(error);
    this.#parts.events.error('sink.gave-up', { message: error.message, error });
    this.stop().catch(() => undefined);
  }
}
