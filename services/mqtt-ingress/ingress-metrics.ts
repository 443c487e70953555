import { Counter, Histogram, type Registry } from 'prom-client';
import { SourceCounter } from '../../core/shown-metrics.ts';
import type { IntakeBatch } from './intake-batch.ts';

export class IngressMetrics {
  readonly #packets: SourceCounter;
  readonly #readings: SourceCounter;
  readonly #appendSeconds: Histogram;
  readonly #retainedRefused: Counter;
  readonly #queueDropped: Counter;
  readonly #requests: Counter<'source'>;
  readonly #memoryRefused: Counter;

  constructor(registry: Registry) {
    this.#packets = new SourceCounter(registry, {
      name: 'millrace_ingress_packets_total',
      help: 'MQTT packets, by source and outcome: accepted (durable), failed (the log refused: not acknowledged), unmatched (no source).',
    });
    this.#packets.add('', 'unmatched', 0);
    this.#readings = new SourceCounter(registry, {
      name: 'millrace_ingress_readings_total',
      help: 'Parts of accepted packets, by source and outcome: reading, filtered, dead_letter.',
    });
    this.#appendSeconds = new Histogram({
      name: 'millrace_ingress_append_seconds',
      help: 'From a batch being closed to the log having it, which is when its PUBACKs go out; one sample a batch.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    this.#retainedRefused = new Counter({
      name: 'millrace_mqtt_retained_refused_total',
      help: 'Retained packets of our own broker that were not kept for later subscribers, because it keeps as many as it may.',
      registers: [registry],
    });
    this.#queueDropped = new Counter({
      name: 'millrace_mqtt_queue_dropped_total',
      help: 'Packets of our own broker not queued for a subscriber with a full queue. They are in the log all the same.',
      registers: [registry],
    });
    this.#requests = new Counter({
      name: 'millrace_ingress_requests_total',
      help: 'What formats wanted sent back to devices (a Sparkplug rebirth), published at the broker that the packet came from.',
      labelNames: ['source'],
      registers: [registry],
    });
    this.#memoryRefused = new Counter({
      name: 'millrace_ingress_memory_refused_total',
      help: 'Values that a format wanted to remember and could not, because it remembers as many as it may.',
      registers: [registry],
    });
  }

  /** What a format wanted sent back was published. */
  countRequest(source: string): void {
    this.#requests.inc({ source });
  }

  countMemoryRefused(): void {
    this.#memoryRefused.inc();
  }

  countUnmatched(): void {
    this.#packets.add('', 'unmatched');
  }

  countBatch(batch: IntakeBatch, micros: number): void {
    this.#appendSeconds.observe(micros / 1e6);
    for (const [source, counts] of batch.sources) {
      this.#packets.add(source, 'accepted', counts.packets);
      this.#readings.add(source, 'reading', counts.readings);
      this.#readings.add(source, 'filtered', counts.filtered);
      this.#readings.add(source, 'dead_letter', counts.deadLetters);
    }
  }

  countFailed(batch: IntakeBatch): void {
    for (const [source, counts] of batch.sources) {
      this.#packets.add(source, 'failed', counts.packets);
    }
  }

  countRetainedRefused(): void {
    this.#retainedRefused.inc();
  }

  countQueueDropped(count: number): void {
    this.#queueDropped.inc(count);
  }
}
