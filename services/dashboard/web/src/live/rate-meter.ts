/** Readings a second, over the last seconds. */
export class RateMeter {
  readonly #counts = new Map<number, number>();
  readonly #overSeconds: number;
  #startMs: number | undefined;

  constructor(overSeconds = 5) {
    this.#overSeconds = overSeconds;
  }

  count(readings: number, nowMs: number): void {
    this.#startMs ??= nowMs;
    const second = Math.floor(nowMs / 1000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + readings);
    for (const old of this.#counts.keys()) {
      if (old < second - this.#overSeconds) this.#counts.delete(old);
    }
  }

  /** Over whole seconds that have passed, so that it doesn't swing within one. */
  perSecond(nowMs: number): number {
    if (this.#startMs === undefined) return 0;
    const second = Math.floor(nowMs / 1000);
    const whole = Math.min(this.#overSeconds, second - Math.floor(this.#startMs / 1000));
    if (whole < 1) return this.#counts.get(second) ?? 0;
    let sum = 0;
    for (let back = 1; back <= whole; back++) sum += this.#counts.get(second - back) ?? 0;
    return sum / whole;
  }
}
