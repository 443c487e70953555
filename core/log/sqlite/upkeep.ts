import type { DatabaseSync } from 'node:sqlite';
import { Compaction } from './compaction.ts';
import type { Expiry } from './expiry.ts';
import { Retention } from './retention.ts';

export interface UpkeepResult {
  /** There is more to do now. */
  readonly more: boolean;
  readonly starts: readonly (readonly [partitionId: number, startOffset: number])[];
}

/** The log's housework in pieces small enough to go between two writes. Runs in the log's worker. */
export class Upkeep {
  readonly #retention: Retention;
  readonly #compaction: Compaction;
  readonly #expiry: Expiry;

  constructor(database: DatabaseSync, expiry: Expiry) {
    this.#retention = new Retention(database);
    this.#compaction = new Compaction(database);
    this.#expiry = expiry;
  }

  step(nowMs: number): UpkeepResult {
    const retained = this.#retention.step(nowMs);
    if (retained.more) return retained;
    const more = this.#compaction.step(nowMs);
    return { ...retained, more: this.#expiry.step(nowMs) || more };
  }
}
