/** Bytes taken and not yet durable; past it an ingress takes nothing that can be left where it is. */
const maxPendingBytes = 32 * 1024 * 1024;

/**
 * What an ingress has taken and the log has not answered for. An answer may overtake an earlier one: on a cluster, one
 * partition may be away while the others take records.
 */
export class PendingAppends<Batch extends object> {
  readonly #now: () => number;
  /** In the order in which they began. */
  readonly #begun = new Map<Batch, number>();
  readonly #drained: (() => void)[] = [];
  #bytes = 0;

  /** Microseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get full(): boolean {
    return this.#bytes > maxPendingBytes;
  }

  /** How long the oldest append has waited for the log's answer, in microseconds. */
  get waitingMicros(): number {
    for (const begunAt of this.#begun.values()) return this.#now() - begunAt;
    return 0;
  }

  /** Counted from now on; its append may begin later. */
  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Returns when, in microseconds since 1970. */
  begin(batch: Batch): number {
    const begunAt = this.#now();
    this.#begun.set(batch, begunAt);
    return begunAt;
  }

  /** The log has answered, whatever: `bytes` are those that were held for it. */
  end(batch: Batch, bytes: number): void {
    this.#bytes -= bytes;
    this.#begun.delete(batch);
    if (this.#begun.size > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Those that have waited for longer, the oldest first. */
  *slowerThan(micros: number): Generator<Batch> {
    const since = this.#now() - micros;
    for (const [batch, begunAt] of this.#begun) {
      if (begunAt > since) return;
      yield batch;
    }
  }

  /** Resolves when every append that has begun is answered. */
  async drain(): Promise<void> {
    if (this.#begun.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }
}
