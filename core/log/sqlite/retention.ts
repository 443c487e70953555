import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction } from './transaction.ts';
import type { UpkeepResult } from './upkeep.ts';

/** Batches deleted in one step at most. */
const batchesAStep = 100;

/**
 * Deletes whole batches, oldest first, that are older than the topic's retention or beyond its size
 * (of each partition, as Kafka counts it). Runs in the log's worker.
 */
export class Retention {
  readonly #database: DatabaseSync;
  readonly #limited: StatementSync;
  readonly #oldest: StatementSync;
  readonly #delete: StatementSync;
  readonly #advance: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#limited = database.prepare(`SELECT p.id, p.bytes, t.retention_ms, t.retention_bytes
      FROM partitions p JOIN topics t ON t.id = p.topic_id
      WHERE t.cleanup = 'delete' AND (t.retention_ms IS NOT NULL OR p.bytes > t.retention_bytes)`);
    this.#oldest = database.prepare(
      'SELECT base_offset, next_offset, newest_ms, bytes FROM batches WHERE partition_id = ? ORDER BY base_offset LIMIT ?',
    );
    this.#delete = database.prepare(
      'DELETE FROM batches WHERE partition_id = ? AND base_offset < ?',
    );
    this.#advance = database.prepare(
      'UPDATE partitions SET start_offset = ?, bytes = bytes - ? WHERE id = ?',
    );
  }

  step(nowMs: number): UpkeepResult {
    const starts: [number, number][] = [];
    let left = batchesAStep;
    for (const row of this.#limited.all()) {
      if (left === 0) break;
      const cutMs =
        row.retention_ms === null ? Number.NEGATIVE_INFINITY : nowMs - Number(row.retention_ms);
      let excess =
        row.retention_bytes === null ? 0 : Number(row.bytes) - Number(row.retention_bytes);
      let start: number | undefined;
      let freed = 0;
      for (const batch of this.#oldest.all(Number(row.id), left)) {
        if (Number(batch.newest_ms) >= cutMs && excess <= 0) break;
        start = Number(batch.next_offset);
        freed += Number(batch.bytes);
        excess -= Number(batch.bytes);
        left--;
      }
      if (start === undefined) continue;
      this.#forget(Number(row.id), start, freed);
      starts.push([Number(row.id), start]);
    }
    return { more: left === 0, starts };
  }

  #forget(partitionId: number, start: number, freed: number): void {
    transaction(this.#database, () => {
      this.#delete.run(partitionId, start);
      this.#advance.run(start, freed, partitionId);
    });
  }
}
