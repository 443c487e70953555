import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { eachKey, eachPut, PackBuffer } from '../state/state-pack.ts';
import type { Conversation, GroupOffset } from './protocol.ts';

/** State of steps and offsets of groups in the database. Runs in the log's worker. */
export class StateTable {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #putOffset: StatementSync;
  readonly #reply = new PackBuffer();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#get = database.prepare('SELECT value FROM state WHERE space = ? AND key = ?');
    this.#put = database.prepare(
      'REPLACE INTO state (space, key, value, expires_ms) VALUES (?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM state WHERE space = ? AND key = ?');
    this.#putOffset = database.prepare(
      'REPLACE INTO offsets (group_name, topic, partition, next_offset) VALUES (?, ?, ?, ?)',
    );
  }

  /** The id of one version of a step's state on one partition, and those of its other versions. */
  openSpace({ group, partition, step, version }: Conversation['openSpace']['ask']): {
    space: number;
    others: number[];
  } {
    const row = this.#database
      .prepare(
        `INSERT INTO spaces (group_name, partition, step, version) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET version = version RETURNING id`,
      )
      .get(group, partition, step, version);
    const others = this.#database
      .prepare(
        'SELECT id FROM spaces WHERE group_name = ? AND partition = ? AND step = ? AND version <> ?',
      )
      .all(group, partition, step, version);
    return { space: Number(row?.id), others: others.map(({ id }) => Number(id)) };
  }

  load(space: number, keys: Uint8Array): Uint8Array {
    this.#reply.clear();
    eachKey(keys, (key) => {
      this.#reply.addValue(this.#get.get(space, key)?.value as Uint8Array | undefined);
    });
    return this.#reply.take();
  }

  /** Within the caller's transaction. */
  apply(puts: Uint8Array): void {
    eachPut(puts, (space, key, value, expiresAtMs) => {
      if (value === undefined) this.#delete.run(space, key);
      else this.#put.run(space, key, value, expiresAtMs);
    });
  }

  /** Within the caller's transaction. */
  putOffsets(offsets: readonly GroupOffset[]): void {
    for (const { group, topic, partition, nextOffset } of offsets)
      this.#putOffset.run(group, topic, partition, nextOffset);
  }

  committed(group: string): GroupOffset[] {
    return this.#database
      .prepare('SELECT topic, partition, next_offset FROM offsets WHERE group_name = ?')
      .all(group)
      .map((row) => ({
        group,
        topic: String(row.topic),
        partition: Number(row.partition),
        nextOffset: Number(row.next_offset),
      }));
  }
}
