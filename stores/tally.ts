interface SourceTally {
  stored: number;
  expired: number;
  deadLettered: number;
}

/** What one batch adds to the counts, by source. */
export class Tally {
  readonly sources = new Map<string, SourceTally>();
  /** Rows new in history: a repeat is stored, and makes no row. */
  rows = 0;

  stored(source: string, rows: number): void {
    this.#of(source).stored++;
    this.rows += rows;
  }

  expired(source: string, readings = 1): void {
    this.#of(source).expired += readings;
  }

  deadLettered(source: string): void {
    this.#of(source).deadLettered++;
  }

  #of(source: string): SourceTally {
    let tally = this.sources.get(source);
    if (tally === undefined) {
      tally = { stored: 0, expired: 0, deadLettered: 0 };
      this.sources.set(source, tally);
    }
    return tally;
  }
}
