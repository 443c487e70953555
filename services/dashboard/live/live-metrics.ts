import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the live feed counts. */
export interface LiveMetrics {
  readonly clients: Gauge;
  readonly cutOff: Counter;
  readonly readings: Counter;
  readonly delaySeconds: Histogram;
}

export function liveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry];
  return {
    clients: new Gauge({
      name: 'millrace_live_clients',
      help: 'Clients of the live feed.',
      registers,
    }),
    cutOff: new Counter({
      name: 'millrace_live_clients_cut_off_total',
      help: 'Clients of the live feed that were too slow; they come back by their cursor.',
      registers,
    }),
    readings: new Counter({
      name: 'millrace_live_readings_total',
      help: 'Readings that the live feed took from the log, once for all clients.',
      registers,
    }),
    delaySeconds: new Histogram({
      name: 'millrace_live_delay_seconds',
      help: 'From receipt to the live feed, of the oldest reading of each frame.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
  };
}
