import type { SeriesFunction } from './store.ts';

/** A value of a field in a reading, with what tells readings of one time apart. */
export interface Sample {
  readonly observedAt: number;
  readonly seq: number;
  readonly eventId: string;
  readonly value: number | boolean | string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Lengths that people read easily. */
const lengthsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * second),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
  ...[1, 2, 7, 14, 28, 91, 364].map((days) => days * day),
];

/** Microseconds to the number of the window that holds them; windows are aligned to the epoch. */
export function windowOf(observedAt: number, everyMs: number): number {
  return Math.floor(observedAt / (everyMs * 1000));
}

/**
 * The shortest window of a readable length, `atLeastMs` or more, by which the span from the first to the last
 * reading (microseconds) takes at most `maxPoints` windows.
 */
export function chooseWindow(
  first: number,
  last: number,
  maxPoints: number,
  atLeastMs: number,
): number {
  const fits = (everyMs: number) =>
    windowOf(last, everyMs) - windowOf(first, everyMs) + 1 <= maxPoints;
  if (atLeastMs > 0 && fits(atLeastMs)) return atLeastMs;
  const chosen = lengthsMs.find((everyMs) => everyMs > atLeastMs && fits(everyMs));
  if (chosen !== undefined) return chosen;
  // Beyond the longest: a span of two windows may lie across a boundary at any length, so one window takes all.
  const longest = Math.max(lengthsMs.at(-1) ?? day, atLeastMs);
  for (let factor = 2; factor < 1e6; factor *= 2)
    if (fits(longest * factor)) return longest * factor;
  return Math.ceil(last / 1000) + 1;
}

/** Gathers the samples of one window, which come in the order of time, and gives its value. */
export class SeriesWindow {
  readonly #fn: SeriesFunction;
  /** For p95 only. */
  #values: number[] = [];
  #count = 0;
  #sum = 0;
  #last: Sample | undefined;
  #numbers = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  constructor(fn: SeriesFunction) {
    this.#fn = fn;
  }

  add(sample: Sample): void {
    this.#count++;
    if (this.#last === undefined || !isEarlier(sample, this.#last)) this.#last = sample;
    if (typeof sample.value !== 'number') return;
    this.#numbers++;
    this.#sum += sample.value;
    if (sample.value < this.min) this.min = sample.value;
    if (sample.value > this.max) this.max = sample.value;
    if (this.#fn === 'p95') this.#values.push(sample.value);
  }

  /** Undefined when the function has nothing to say: a mean of texts. */
  value(): number | boolean | string | undefined {
    if (this.#fn === 'count') return this.#count;
    if (this.#fn === 'last') return this.#last?.value;
    if (this.#numbers === 0) return undefined;
    if (this.#fn === 'mean') return this.#sum / this.#numbers;
    if (this.#fn === 'min') return this.min;
    return this.#fn === 'max' ? this.max : this.#percentile(95);
  }

  /** A value that was observed, never one between two: the rank is rounded as InfluxQL's `percentile` does. */
  #percentile(percent: number): number | undefined {
    const sorted = Float64Array.from(this.#values).sort();
    return sorted[Math.floor((percent * sorted.length) / 100 + 0.5) - 1];
  }
}

function isEarlier(a: Sample, b: Sample): boolean {
  if (a.observedAt !== b.observedAt) return a.observedAt < b.observedAt;
  if (a.seq !== b.seq) return a.seq < b.seq;
  return a.eventId < b.eventId;
}
