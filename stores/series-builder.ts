import { type Sample, SeriesWindow, windowOf } from './series-windows.ts';
import type { Series, SeriesFunction } from './store.ts';

type Point = Series['points'][number];

export interface SeriesShape {
  readonly fn: SeriesFunction;
  readonly maxPoints: number;
  /** The window to use when there are too many readings, or when one was asked for. */
  readonly everyMs: number;
  readonly windowsAsked: boolean;
}

/**
 * Makes the points of one field of one entity from its samples in the order of time: the readings as they are, as
 * long as they are few enough, and windows beside. Bounded by `maxPoints`, and for p95 by the samples of one window.
 */
export class SeriesBuilder {
  readonly #shape: SeriesShape;
  #readings: Sample[] | null;
  readonly #points: Point[] = [];
  readonly #band: [number, number][] = [];
  #numbersOnly = true;
  #window: SeriesWindow | null = null;
  #windowNumber = 0;

  constructor(shape: SeriesShape) {
    this.#shape = shape;
    this.#readings = shape.windowsAsked ? null : [];
  }

  add(sample: Sample): void {
    if (this.#readings !== null) {
      this.#readings.push(sample);
      if (this.#readings.length > this.#shape.maxPoints) this.#readings = null;
    }
    const number = windowOf(sample.observedAt, this.#shape.everyMs);
    if (this.#window === null || number !== this.#windowNumber) {
      this.#endWindow();
      this.#window = new SeriesWindow(this.#shape.fn);
      this.#windowNumber = number;
    }
    if (typeof sample.value !== 'number') this.#numbersOnly = false;
    this.#window.add(sample);
  }

  finish(): Pick<Series, 'everyMs' | 'points' | 'band'> {
    if (this.#readings !== null) {
      const points = this.#readings
        .sort((a, b) => a.observedAt - b.observedAt || a.seq - b.seq)
        .map(({ observedAt, value }): Point => [observedAt / 1000, value]);
      return { everyMs: null, points, band: null };
    }
    this.#endWindow();
    return {
      everyMs: this.#shape.everyMs,
      points: this.#points,
      band: this.#numbersOnly ? this.#band : null,
    };
  }

  /** A window without a reading makes no point: gaps stay gaps. */
  #endWindow(): void {
    const window = this.#window;
    const value = window?.value();
    if (window === null || value === undefined) return;
    this.#points.push([this.#windowNumber * this.#shape.everyMs, value]);
    this.#band.push([window.min, window.max]);
  }
}
