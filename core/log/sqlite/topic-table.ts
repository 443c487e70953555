import type { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '../../errors.ts';
import type { TopicSpec } from '../event-log.ts';
import type { CatalogRows, PartitionRow } from './protocol.ts';
import { transaction } from './transaction.ts';

/** Topics and partitions in the database. Runs in the log's worker. */
export class TopicTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  catalog(): CatalogRows {
    const database = this.#database;
    // One snapshot, or a reader would see a commit in one partition and miss it in another.
    database.exec('BEGIN');
    try {
      const topics = database.prepare('SELECT * FROM topics ORDER BY id').all();
      const partitions = database.prepare('SELECT * FROM partitions ORDER BY topic_id, partition');
      const byTopic = Map.groupBy(partitions.all(), (row) => row.topic_id);
      const commit = database.prepare('SELECT max(last_commit) AS newest FROM partitions').get();
      const meta = database.prepare("SELECT value FROM meta WHERE name = 'log_id'").get();
      return {
        logId: String(meta?.value),
        commit: Number(commit?.newest ?? 0),
        topics: topics.map((row) => ({
          spec: {
            name: String(row.name),
            partitions: Number(row.partitions),
            cleanup: row.cleanup === 'compact' ? 'compact' : 'delete',
            retentionMs: row.retention_ms as number | null,
            retentionBytes: row.retention_bytes as number | null,
          },
          partitions: (byTopic.get(row.id) ?? []).map(
            (partition): PartitionRow => ({
              id: Number(partition.id),
              partition: Number(partition.partition),
              startOffset: Number(partition.start_offset),
              endOffset: Number(partition.end_offset),
            }),
          ),
        })),
      };
    } finally {
      database.exec('COMMIT');
    }
  }

  /** All or none. */
  create(specs: readonly TopicSpec[]): void {
    transaction(this.#database, () => {
      for (const spec of specs) this.#createOne(spec);
    });
  }

  #createOne(spec: TopicSpec): void {
    const database = this.#database;
    const there = database
      .prepare('SELECT id, partitions FROM topics WHERE name = ?')
      .get(spec.name);
    const retention = [spec.cleanup, spec.retentionMs, spec.retentionBytes] as const;
    if (there) {
      if (there.partitions !== spec.partitions) {
        throw new MillraceError(
          'TOPIC_PARTITIONS_DIFFER',
          `Topic ${spec.name} has ${there.partitions} partitions and is asked for with ${spec.partitions}. Keep the number it has, or start a new data folder.`,
        );
      }
      database
        .prepare(
          'UPDATE topics SET cleanup = ?, retention_ms = ?, retention_bytes = ? WHERE id = ?',
        )
        .run(...retention, Number(there.id));
      return;
    }
    const { lastInsertRowid } = database
      .prepare(
        'INSERT INTO topics (name, partitions, cleanup, retention_ms, retention_bytes) VALUES (?, ?, ?, ?, ?)',
      )
      .run(spec.name, spec.partitions, ...retention);
    const insert = database.prepare(
      'INSERT INTO partitions (topic_id, partition, start_offset, end_offset, bytes, clean_offset, clean_records, last_commit) VALUES (?, ?, 0, 0, 0, 0, 0, 0)',
    );
    for (let partition = 0; partition < spec.partitions; partition++)
      insert.run(lastInsertRowid, partition);
  }
}
