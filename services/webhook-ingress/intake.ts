import type { Events } from '../../core/events.ts';
import type { IncomingOutcome } from '../../core/intake/incoming-to-records.ts';
import { PendingAppends } from '../../core/intake/pending-appends.ts';
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

const maxBatchBytes = 1024 * 1024;
const lookEveryMs = 500;

/** What requests of one turn of the event loop put into one append. */
class Batch {
  readonly records: NewRecord[] = [];
  readonly filtered = new Map<string, number>();
  readonly counts: { source: string; outcome: IncomingOutcome }[] = [];
  readonly settled = Promise.withResolvers<void>();
  bytes = 0;

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
  readonly #pending: PendingAppends<Batch>;
  readonly #timer: NodeJS.Timeout;
  #open = new Batch();
  #scheduled = false;
  #refusal: Error | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#pending = new PendingAppends(options.now);
    this.#timer = setInterval(() => this.#lookAtSlow(), lookEveryMs);
    this.#timer.unref();
  }

  /** Too much waits for the log: no delivery is taken. */
  get full(): boolean {
    return this.#pending.full;
  }

  /** The last answer of the log, when it was a refusal. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** How long the oldest append has waited for the log's answer, in microseconds. */
  get waitingMicros(): number {
    return this.#pending.waitingMicros;
  }

  take(source: string, outcome: IncomingOutcome): Promise<void> {
    const batch = this.#open;
    for (const record of outcome.records) {
      batch.records.push(record);
      const bytes = (record.value?.length ?? 0) + record.key.length;
      batch.bytes += bytes;
      this.#pending.hold(bytes);
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
    await this.#pending.drain();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#open;
    if (batch.counts.length === 0) return;
    this.#open = new Batch();
    const { tally, log } = this.#options;
    const begunAt = this.#pending.begin(batch);
    tally.countFiltered(batch.filtered);
    const counts =
      batch.filtered.size > 0 ? tally.takeRecord(Math.floor(begunAt / 1000)) : undefined;
    if (counts) batch.records.push(counts);
    log.append(batch.records).then(
      () => this.#accept(batch, begunAt),
      (error: unknown) => this.#refuse(batch, error),
    );
  }

  #accept(batch: Batch, begunAt: number): void {
    const { metrics, events, now } = this.#options;
    if (this.#refusal) events.info('webhook.log-back', { message: 'The log takes records again.' });
    this.#refusal = undefined;
    metrics.observeAppend((now() - begunAt) / 1e6);
    for (const { source, outcome } of batch.counts) metrics.countParts(source, outcome);
    // ACK: the log has the records of every delivery in it.
    batch.settled.resolve();
    this.#pending.end(batch, batch.bytes);
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
    this.#pending.end(batch, batch.bytes);
  }

  /** Such a batch stays in hand, and in the count of what is pending, until the log has answered. */
  #lookAtSlow(): void {
    for (const batch of this.#pending.slowerThan(maxLogWaitMs * 1000))
      batch.settled.reject(new LogSlow());
  }
}
