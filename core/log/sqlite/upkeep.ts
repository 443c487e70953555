import type { DatabaseSync } from 'node:sqlite';
import { Retention } from './retention.ts';

export interface UpkeepResult {
  readonly more: boolean;
  readonly starts: readonly (readonly [partitionId: number, startOffset: number])[];
}

/** The log's housework in pieces small enough to go between two writes. Runs in the log's worker. */
export class Upkeep {
  readonly #retention: Retention;

  constructor(database: DatabaseSync) {
    this.#retention = new Retention(database);
  }

  step(nowMs: number): UpkeepResult {
    return this.#retention.step(nowMs);
  }
}
