import { isMillraceError, type MillraceError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { Consumption, EventLog, RecordBatch } from '../../core/log/event-log.ts';
import type { Health } from '../../core/service.ts';
import type { StoreWriter } from '../store.ts';
import { RefusalShare } from './refusal-share.ts';
import { retryWhileUnavailable } from './retry-while-unavailable.ts';
import type { SinkConfig } from './sink-config.ts';
import type { SinkMetrics } from './sink-metrics.ts';
import { SinkTrouble } from './sink-trouble.ts';
import { storeBatch } from './store-batch.ts';

export interface SinkConsumerParts {
  readonly config: SinkConfig;
  readonly log: EventLog;
  readonly writer: StoreWriter;
  readonly events: Events;
  readonly metrics: SinkMetrics;
  /** Microseconds. */
  readonly now: () => number;
  /** Told of an error after which it would stop for good. True: whoever was told stops it, and starts another. */
  readonly takeOver?: (error: MillraceError) => boolean;
}

/** Follows the log from where the store stands, and says how it goes. */
export class SinkConsumer {
  readonly #parts: SinkConsumerParts;
  readonly #share = new RefusalShare();
  readonly #stopping = new AbortController();
  #consumption: Consumption | undefined;
  readonly #trouble = new SinkTrouble();

  constructor(parts: SinkConsumerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { config, log, writer, events } = this.#parts;
    this.#consumption = await log.consume({
      group: config.group,
      topics: config.topics,
      maxRecords: config.maxRecords,
      maxBytes: config.maxBytes,
      // The first reading after a silence is stored at once; those that follow it closely, together.
      lingerMs: config.minBatchIntervalMs,
      // A store that knows nothing of a partition needs all of it, whatever the group has committed.
      from: async (topic, partition) => (await writer.account()).offsets[topic]?.[partition] ?? 0,
      handle: (batch) => this.#handle(batch),
      onError: (error) => {
        if (this.#stopping.signal.aborted) return;
        this.#trouble.waits('log', error);
        events.warn('sink.batch-failed', {
          message:
            'A batch could not be stored; nothing of it is in the store, and it comes again.',
          error,
        });
      },
    });
  }

  health(): Health {
    return this.#trouble.health;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#consumption?.stop();
  }

  async #handle(batch: RecordBatch): Promise<void> {
    const startedAt = performance.now();
    const place = `${batch.topic}/${batch.partition}`;
    try {
      await retryWhileUnavailable(() => storeBatch(this.#batchParts(), batch), {
        ...this.#parts.config.retry,
        signal: this.#stopping.signal,
        onRetry: (error, pauseMs) => {
          this.#trouble.waits(place, error);
          this.#sayRetry(error, pauseMs);
        },
      });
      this.#trouble.goesOn(place, 'log');
    } catch (error) {
      this.#trouble.waits(place, error);
      if (isMillraceError(error) && !error.retryable) this.#giveUp(error);
      throw error;
    }
    const tookMs = performance.now() - startedAt;
    this.#parts.metrics.writeSeconds.observe({ topic: batch.topic }, tookMs / 1000);
  }

  #batchParts(): Parameters<typeof storeBatch>[0] {
    const { config, writer, log, now, events } = this.#parts;
    return {
      sinkName: config.name,
      writer,
      log,
      share: this.#share,
      now,
      onRefused: (refusals, { topic, partition }) =>
        events.error('sink.records-refused', {
          message: `The store refused ${refusals.length} records of ${topic}/${partition}; they are dead letters. It says: ${refusals[0]?.detail}`,
        }),
    };
  }

  #sayRetry(error: unknown, pauseMs: number): void {
    this.#parts.events.warn('sink.store-away', {
      message: `A batch waits, and is tried again in ${Math.round(pauseMs)} ms.`,
      error,
    });
  }

  /** Not awaited: it waits for the batch in hand, which is this one. */
  #giveUp(error: MillraceError): void {
    if (this.#trouble.hasStopped || this.#parts.takeOver?.(error)) return;
    this.#trouble.stopped(error);
    this.#parts.events.error('sink.gave-up', { message: error.message, error });
    this.stop().catch(() => undefined);
  }
}
