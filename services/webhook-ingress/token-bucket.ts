/** So many a second, and `burst` at once after a rest. Pure: the time is handed in. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number | undefined;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = perSecond;
    // Below one nothing would ever pass.
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
  }

  /** Takes a token. Without one: how many seconds until there is one. */
  waitSeconds(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (passedMs / 1000) * this.#perSecond);
    if (this.#tokens < 1) return (1 - this.#tokens) / this.#perSecond;
    this.#tokens--;
    return 0;
  }
}
