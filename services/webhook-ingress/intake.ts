import type { Events } from '../../core/events.ts';
import type { IncomingOutcome } from '../../core/intake/incoming-to-records.ts';
import type { IngressTally } from '../../core/ledger/ingress-tally.ts';
import type { EventLog, NewRecord } from '../../core/log/event-log.ts';
import { LogSlow, maxLogWaitMs } from './log-slow.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';

export interface IntakeOptions {
  readonly log: EventLog;
  readonly tally: IngressTally;
  readonly metrics: WebhookMetrics;
  readonly events: Events;
  /** Microseconds since 1970. */
  readonly now: () => number;
}

/** Bytes of records taken and not yet durable; past it no delivery is taken. */
const maxPendingBytes = 32 * 1024 * 1024;
const maxBatchBytes = 1024 * 1024;
const lookEveryMs = 500;

/** What requests of one turn of the event loop put into one append. */
class Batch {
  readonly records: NewRecord[] = [];
  readonly filtered = new Map<string, number>();
  readonly counts: { source: string; outcome: IncomingOutcome }[] = [];
  readonly settled = Promise.withResolvers<void>();
  bytes = 0;
  closedAt = 0;

  constructor() {
    // Whoever took part may have failed before, and waits no longer.
    this.settled.promise.catch(() => undefined);
  }
}

/**
 * Where what a delivery became is put into the log: `take` resolves when the log has all of it, and rejects when it may
 * not. What requests of one turn of the event loop bring is one append.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #closed = new Set<Batch>();
  readonly #timer: NodeJS.Timeout;
  #open = new Batch();
  #scheduled = false;
  #pendingBytes = 0;
  #refusal: Error | undefined;
  #drained: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#lookAtSlow(), lookEveryMs);
    this.#timer.unref();
  }

  /** Too much waits for the log: take nothing more. */
  get full(): boolean {
    return this.#pendingBytes > maxPendingBytes;
  }

  /** The last answer of the log, when it was a refusal. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** How long the oldest append has waited for the log's answer, in microseconds. */
  get waitingMicros(): number {
    const [oldest] = this.#closed;
    return oldest === undefined ? 0 : this.#options.now() - oldest.closedAt;
  }

  take(source: string, outcome: IncomingOutcome): Promise<void> {
    const batch = this.#open;
    for (const record of outcome.records) {
      batch.records.push(record);
      batch.bytes += (record.value?.length ?? 0) + record.key.length;
      this.#pendingBytes += (record.value?.length ?? 0) + record.key.length;
    }
    batch.counts.push({ source, outcome });
    if (outcome.filtered > 0)
      batch.filtered.set(source, (batch.filtered.get(source) ?? 0) + outcome.filtered);
    if (batch.bytes >= maxBatchBytes) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      // After the sockets that are readable in this turn: they share an append, and none waits for a timer.
      setImmediate(() => this.#flush());
    }
    return batch.settled.promise;
  }

  /** Resolves when nothing waits for the log. */
  async drain(): Promise<void> {
    this.#flush();
    if (this.#closed.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#open;
    if (batch.counts.length === 0) return;
    this.#open = new Batch();
    const { tally, log, now } = this.#options;
    batch.closedAt = now();
    this.#closed.add(batch);
    tally.countFiltered(batch.filtered);
    const counts =
      batch.filtered.size > 0 ? tally.takeRecord(Math.floor(batch.closedAt / 1000)) : undefined;
    if (counts) batch.records.push(counts);
    log.append(batch.records).then(
      () => this.#accept(batch),
      (error: unknown) => this.#refuse(batch, error),
    );
  }

  #accept(batch: Batch): void {
    const { metrics, events, now } = this.#options;
    if (this.#refusal) events.info('webhook.log-back', { message: 'The log takes records again.' });
    this.#refusal = undefined;
    metrics.observeAppend((now() - batch.closedAt) / 1e6);
    for (const { source, outcome } of batch.counts) metrics.countParts(source, outcome);
    // ACK: the log has the records of every delivery in it.
    batch.settled.resolve();
    this.#close(batch);
  }

  #refuse(batch: Batch, cause: unknown): void {
    const { events, tally } = this.#options;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (!this.#refusal)
      events.warn('webhook.log-refused', {
        message: 'The log refuses records: deliveries are answered by 503, and senders keep them.',
        error,
      });
    this.#refusal = error;
    tally.withdrawFiltered(batch.filtered);
    tally.recordLost();
    batch.settled.reject(error);
    this.#close(batch);
  }

  #close(batch: Batch): void {
    this.#pendingBytes -= batch.bytes;
    this.#closed.delete(batch);
    if (this.#closed.size > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #lookAtSlow(): void {
    const since = this.#options.now() - maxLogWaitMs * 1000;
    for (const batch of this.#closed) {
      if (batch.closedAt > since) return;
      // It stays in hand, and in the count of what is pending, until the log has answered.
      batch.settled.reject(new LogSlow());
    }
  }
}
