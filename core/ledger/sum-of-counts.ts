import type { SinkCounts } from './ledger-entries.ts';

export type CountsBySource = Readonly<Record<string, SinkCounts>>;

/** Counts of sinks by source, added up. A source may be called `constructor`: what comes of it is its own. */
export class SumOfCounts {
  readonly #sums = new Map<string, SinkCounts>();

  add(counts: Iterable<readonly [source: string, counts: SinkCounts]>): this {
    for (const [source, { stored, expired, deadLettered }] of counts) {
      const before = this.#sums.get(source) ?? { stored: 0, expired: 0, deadLettered: 0 };
      this.#sums.set(source, {
        stored: before.stored + stored,
        expired: before.expired + expired,
        deadLettered: before.deadLettered + deadLettered,
      });
    }
    return this;
  }

  get bySource(): CountsBySource {
    return Object.fromEntries(this.#sums);
  }
}
