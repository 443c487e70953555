import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The offsets that the store stands at, read and moved within a transaction. */
export class OffsetBook {
  readonly #get: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT next_offset FROM offsets WHERE topic = ? AND "partition" = ?');
    this.#put = db.prepare(
      'INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset',
    );
  }

  /** Records before it are in the store already. */
  next(topic: string, partition: number): number {
    return Number(this.#get.get(topic, partition)?.next_offset ?? 0);
  }

  move(topic: string, partition: number, nextOffset: number): void {
    this.#put.run(topic, partition, nextOffset);
  }
}
