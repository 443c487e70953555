import type { EnricherCounts } from '../../core/ledger/ledger-entries.ts';

export type MutableCounts = { -readonly [Name in keyof EnricherCounts]: EnricherCounts[Name] };
type Sources = Readonly<Record<string, EnricherCounts>>;

const none: EnricherCounts = {
  read: 0,
  deduplicated: 0,
  filtered: 0,
  deadLettered: 0,
  passedOn: 0,
  derived: 0,
};

/** What became of a batch's readings, by source. */
export class SourceCounts {
  readonly #sources = new Map<string, MutableCounts>();

  of(source: string): MutableCounts {
    let counts = this.#sources.get(source);
    if (!counts) {
      counts = { ...none };
      this.#sources.set(source, counts);
    }
    return counts;
  }

  entries(): IterableIterator<[source: string, counts: EnricherCounts]> {
    return this.#sources.entries();
  }

  /** `before`, and these on top. */
  addedTo(before: Sources): Sources {
    const after: Record<string, EnricherCounts> = Object.assign(Object.create(null), before);
    for (const [source, counts] of this.#sources) {
      const old = after[source] ?? none;
      after[source] = {
        read: old.read + counts.read,
        deduplicated: old.deduplicated + counts.deduplicated,
        filtered: old.filtered + counts.filtered,
        deadLettered: old.deadLettered + counts.deadLettered,
        passedOn: old.passedOn + counts.passedOn,
        derived: old.derived + counts.derived,
      };
    }
    return after;
  }
}
