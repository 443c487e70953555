import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PollState } from '../../core/poll/poll-state.ts';
import type { Polled } from './poll-source.ts';

export interface PollMetrics {
  /** Called when a request begins; the function that it gives, when its records are made. */
  startRequest(source: string): (polled: Polled) => void;
  /** As every replica sees it. */
  showState(state: PollState): void;
}

/** Requests are counted before their records commit: one that comes again is counted again. The ledger isn't. */
export function pollMetrics(registry: Registry): PollMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'millrace_poll_requests_total',
    help: 'Requests to providers by what came of them.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'millrace_poll_request_seconds',
    help: 'Time from a request to its records.',
    labelNames: ['source'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const readings = new Counter({
    name: 'millrace_poll_readings_total',
    help: 'Parts of pages by what became of them.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const circuit = new Gauge({
    name: 'millrace_poll_circuit_open',
    help: '1 while a source is not asked because it failed again and again.',
    labelNames: ['source'],
    registers,
  });
  const success = new Gauge({
    name: 'millrace_poll_last_success_timestamp_seconds',
    help: 'When a whole poll of the source last ended well.',
    labelNames: ['source'],
    registers,
  });
  return {
    startRequest(source) {
      const end = seconds.startTimer({ source });
      return (polled) => {
        end();
        requests.inc({ source, outcome: polled.outcome });
        if (polled.readings > 0) readings.inc({ source, outcome: 'reading' }, polled.readings);
        if (polled.filtered > 0) readings.inc({ source, outcome: 'filtered' }, polled.filtered);
        if (polled.deadLetters > 0)
          readings.inc({ source, outcome: 'dead_letter' }, polled.deadLetters);
      };
    },
    showState({ source, circuit: is, lastSuccessAtMs }) {
      circuit.set({ source }, is === 'open' ? 1 : 0);
      if (lastSuccessAtMs !== null) success.set({ source }, lastSuccessAtMs / 1000);
    },
  };
}
