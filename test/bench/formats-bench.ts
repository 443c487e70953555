import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Benchmark, Figure } from '../../cli/bench/benchmarks.ts';
import { type KnownFormat, knownFormats } from '../support/known-formats.ts';
import { type Mutate, mutator } from '../support/mutate-payload.ts';

export interface FormatsBenchOptions {
  /** Mutated payloads over all formats together. */
  readonly payloads: number;
  readonly seed: number;
}

export interface FormatsBenchResult {
  readonly payloads: number;
  readonly formats: number;
  /** Payloads of which a format threw, or gave no outcome; the first few are told. */
  readonly crashes: number;
  readonly firstCrashes: readonly string[];
  readonly slowestMs: number;
  readonly slowestFormat: string;
  readonly perSecond: number;
  /** Of the heap after a collection, from a tenth of the way to the end. */
  readonly heapGrowthBytes: number;
}

/** A slow one is tried again: on a busy machine the first may have waited for the processor. */
const retryAboveMs = 20;

/** Real payloads of every known format, mutated and decoded. */
export async function measureFormats(options: FormatsBenchOptions): Promise<FormatsBenchResult> {
  const formats = await knownFormats();
  const mutate = mutator(options.seed);
  const perFormat = Math.ceil(options.payloads / formats.length);
  const run = new Run(mutate);
  let heapBefore = 0;
  const startMs = performance.now();
  // In rounds over all formats, so that growth in one of them shows between the rounds.
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    if (round === rounds / 10) heapBefore = settledHeapBytes();
    for (const format of formats) run.decode(format, Math.ceil(perFormat / rounds));
  }
  const seconds = (performance.now() - startMs) / 1000;
  return {
    payloads: run.count,
    formats: formats.length,
    crashes: run.crashes,
    firstCrashes: run.firstCrashes,
    slowestMs: run.slowestMs,
    slowestFormat: run.slowestFormat,
    perSecond: Math.round(run.count / seconds),
    heapGrowthBytes: settledHeapBytes() - heapBefore,
  };
}

class Run {
  count = 0;
  crashes = 0;
  readonly firstCrashes: string[] = [];
  slowestMs = 0;
  slowestFormat = '';
  readonly #mutate: Mutate;

  constructor(mutate: Mutate) {
    this.#mutate = mutate;
  }

  decode({ name, format, payloads }: KnownFormat, count: number): void {
    for (let index = 0; index < count; index++) {
      const payload = payloads[index % payloads.length];
      if (payload === undefined) continue;
      const input = this.#mutate(payload);
      this.count++;
      try {
        let tookMs = Number.POSITIVE_INFINITY;
        for (let attempt = 0; attempt < 4 && tookMs > retryAboveMs; attempt++) {
          const startMs = performance.now();
          const outcomes = format.decode(input);
          tookMs = Math.min(tookMs, performance.now() - startMs);
          if (outcomes.length === 0) throw new Error('no outcome');
        }
        if (tookMs > this.slowestMs) {
          this.slowestMs = tookMs;
          this.slowestFormat = name;
        }
      } catch (error) {
        this.crashes++;
        const bytes = Buffer.from(input.payload).toString('base64').slice(0, 200);
        if (this.firstCrashes.length < 5)
          this.firstCrashes.push(`${name}: ${error} of ${input.topic} ${bytes}`);
      }
    }
  }
}

function settledHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

export const formatsBenchmark: Benchmark = {
  name: 'formats',
  summary: 'a million mutated real payloads over all formats: no crash, no hang, no growth',
  async run() {
    const result = await measureFormats({ payloads: 1_000_000, seed: 1 });
    for (const crash of result.firstCrashes) console.error(crash);
    const figures: Figure[] = [
      { name: 'formats', unit: '', value: result.formats },
      { name: 'mutated payloads', unit: '', value: result.payloads },
      { name: 'crashes', unit: '', value: result.crashes },
      { name: `slowest (${result.slowestFormat})`, unit: 'ms', value: result.slowestMs },
      { name: 'decoded', unit: '1/s', value: result.perSecond },
      { name: 'heap growth', unit: 'bytes', value: result.heapGrowthBytes },
    ];
    return figures;
  },
};
