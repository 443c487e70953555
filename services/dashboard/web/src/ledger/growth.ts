/** Whether a count has grown within the last `forMs`; what it was when the page came counts as old. */
export class Growth {
  readonly #forMs: number;
  #last: number | undefined;
  #grewAtMs = Number.NEGATIVE_INFINITY;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  see(count: number, nowMs: number): boolean {
    if (this.#last !== undefined && count > this.#last) this.#grewAtMs = nowMs;
    this.#last = count;
    return nowMs - this.#grewAtMs < this.#forMs;
  }
}
