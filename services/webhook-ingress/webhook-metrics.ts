import { Histogram, type Registry } from 'prom-client';
import type { IncomingOutcome } from '../../core/intake/incoming-to-records.ts';
import { SourceCounter } from '../../core/shown-metrics.ts';
import type { ProblemKind } from './refusal.ts';

/** What a request was answered with. */
export type AnswerKind = 'accepted' | 'duplicate' | 'handshake' | 'aborted' | ProblemKind;

export class WebhookMetrics {
  readonly #deliveries: SourceCounter;
  readonly #readings: SourceCounter;
  readonly #appendSeconds: Histogram;

  constructor(registry: Registry) {
    this.#deliveries = new SourceCounter(registry, {
      name: 'millrace_webhook_deliveries_total',
      help: 'Requests to /webhooks, by source and outcome: accepted (durable), duplicate (known by its id), handshake, aborted (the sender went away), or the problem that it was answered with.',
    });
    this.#readings = new SourceCounter(registry, {
      name: 'millrace_webhook_readings_total',
      help: 'Parts of accepted deliveries, by source and outcome: reading, filtered, dead_letter.',
    });
    this.#appendSeconds = new Histogram({
      name: 'millrace_webhook_append_seconds',
      help: 'From an append being handed to the log to its being durable, which is when the 202 of its deliveries go out.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  /** `source` is empty where there is none of that name: labels stay bounded. */
  countAnswer(source: string, kind: AnswerKind): void {
    this.#deliveries.add(source, kind);
  }

  countParts(source: string, { readings, filtered, deadLetters }: IncomingOutcome): void {
    if (readings > 0) this.#readings.add(source, 'reading', readings);
    if (filtered > 0) this.#readings.add(source, 'filtered', filtered);
    if (deadLetters > 0) this.#readings.add(source, 'dead_letter', deadLetters);
  }

  observeAppend(seconds: number): void {
    this.#appendSeconds.observe(seconds);
  }
}
