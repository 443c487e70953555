import { measureLatency, measureRest, measureThroughput } from './end-to-end.ts';

/** One figure of one run. The table shows its median, lowest and highest over the runs. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

export interface BenchOptions {
  /** Of one end-to-end run. */
  readonly seconds: number;
  /** Readings a second offered end to end. */
  readonly ratesPerSecond: readonly number[];
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(options: BenchOptions): Promise<readonly Figure[]>;
}

const figure = (name: string, unit: string, value: number): Figure => ({ name, unit, value });

/** Every benchmark, in the order in which `millrace bench` runs them. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'end-to-end',
    summary: 'MQTT to the store, every promise kept, at each rate for a minute',
    async run({ ratesPerSecond, seconds }) {
      const figures: Figure[] = [];
      for (const rate of ratesPerSecond) {
        const result = await measureThroughput({ ratePerSecond: rate, seconds });
        if (!result.isEven)
          throw new Error(`At ${rate} a second the ledger was not even: a bug, not a figure.`);
        const at = `at ${rate}/s:`;
        figures.push(
          figure(`${at} acknowledged`, '1/s', result.acknowledged / seconds),
          figure(`${at} sustained (1 is yes)`, '', result.isSustained ? 1 : 0),
          figure(`${at} lag in the middle`, 'readings', result.lagMiddle),
          figure(`${at} lag at the end`, 'readings', result.lagEnd),
          figure(`${at} CPU`, 'us/reading', result.cpuPerReadingMicros),
          figure(`${at} memory at the peak`, 'MB', result.peakMegabytes),
        );
      }
      return figures;
    },
  },
  {
    name: 'latency',
    summary: 'from the intended publish time to the live feed, at 1,000 and 5,000 a second',
    async run({ seconds }) {
      const figures: Figure[] = [];
      for (const rate of [1000, 5000]) {
        const { p50, p99, p999 } = await measureLatency({
          ratePerSecond: rate,
          seconds: Math.min(seconds, 20),
        });
        figures.push(
          figure(`${rate}/s: p50`, 'ms', p50),
          figure(`${rate}/s: p99`, 'ms', p99),
          figure(`${rate}/s: p99.9`, 'ms', p999),
        );
      }
      return figures;
    },
  },
  {
    name: 'rest',
    summary: 'CPU and memory with nothing coming in; how long a start takes',
    async run() {
      const rest = await measureRest(20);
      return [
        figure('CPU', '% of a core', rest.cpuPercent),
        figure('memory (anonymous)', 'MB', rest.megabytes),
        figure('first start until ready', 'ms', rest.firstReadyMs),
        figure('second start until ready', 'ms', rest.secondReadyMs),
      ];
    },
  },
];
