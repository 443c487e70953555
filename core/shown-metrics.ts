import { Counter, Gauge, type Registry } from 'prom-client';

/** What a metric is called, and what people are told of it. */
export interface MetricName {
  readonly name: string;
  readonly help: string;
}

/**
 * A counter by source and outcome, kept as plain numbers and shown when it is asked for: prom-client's labels cost too
 * much for each packet.
 */
export class SourceCounter {
  readonly #counts = new Map<string, { source: string; outcome: string; count: number }>();

  constructor(registry: Registry, metric: MetricName) {
    const counts = this.#counts;
    new Counter({
      ...metric,
      labelNames: ['source', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { source, outcome, count } of counts.values())
          this.inc({ source, outcome }, count);
      },
    });
  }

  /** One that was added, be it 0, is shown. */
  add(source: string, outcome: string, count = 1): void {
    const key = `${outcome} ${source}`;
    const known = this.#counts.get(key);
    if (known) known.count += count;
    else this.#counts.set(key, { source, outcome, count });
  }
}

/** Shows a size that is read when it is asked for. */
export function showGauge(registry: Registry, metric: MetricName, read: () => number): void {
  new Gauge({
    ...metric,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
