import type { DatabaseSync } from 'node:sqlite';

export interface StoreTotals {
  readonly entities: number;
  readonly readings: number;
  /** observedAt in microseconds; null when history is empty. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** One look at each end of each entity's history; the readings are counted as they come and go. */
export function queryTotals(db: DatabaseSync): StoreTotals {
  const row = db
    .prepare(
      `SELECT (SELECT count(*) FROM entities) AS entities,
        (SELECT value FROM meta WHERE name = 'readings') AS readings,
        (SELECT min((SELECT min(observed_at) FROM history WHERE entity = e.id)) FROM entities e) AS oldest,
        (SELECT max((SELECT max(observed_at) FROM history WHERE entity = e.id)) FROM entities e) AS newest`,
    )
    .get();
  return {
    entities: Number(row?.entities),
    readings: Number(row?.readings),
    oldest: row?.oldest == null ? null : Number(row.oldest),
    newest: row?.newest == null ? null : Number(row.newest),
  };
}
