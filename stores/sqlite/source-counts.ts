import type { DatabaseSync } from 'node:sqlite';
import type { Tally } from '../tally.ts';

export interface CountBook {
  /** Within a transaction. */
  add(tally: Tally): void;
}

/** The counts of the ledger, in the file. */
export function addCounts(db: DatabaseSync): CountBook {
  const add = db.prepare(
    `INSERT INTO counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET stored = stored + excluded.stored,
      expired = expired + excluded.expired, dead_lettered = dead_lettered + excluded.dead_lettered`,
  );
  return {
    add(tally) {
      for (const [source, { stored, expired, deadLettered }] of tally.sources)
        add.run(source, stored, expired, deadLettered);
    },
  };
}
