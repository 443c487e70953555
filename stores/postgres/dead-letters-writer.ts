import type pg from 'pg';
import type { DeadLetter } from '../../core/dead-letter.ts';
import type { LogRecord, RecordBatch } from '../../core/log/event-log.ts';
import { readLetter } from '../dead-letters/read-letter.ts';
import { Tally } from '../tally.ts';
import { integerArray, textArray } from './binary-array.ts';
import type { Database } from './database.ts';
import { letterArrays, markArrays, newestById, newestMarks } from './dead-letter-rows.ts';
import type { PartitionAccount } from './partition-account.ts';
import { storableLetter } from './storable-letter.ts';
import type { Tables } from './tables.ts';

export interface DeadLettersWriterParts {
  readonly database: Database;
  readonly tables: Tables;
  readonly account: PartitionAccount;
}

/** Puts batches of `deadletters.v1` and `deadletters.marks.v1` into the store. */
export class DeadLettersWriter {
  readonly #database: Database;
  readonly #account: PartitionAccount;
  readonly #insert: string;
  readonly #count: string;
  readonly #mark: string;
  readonly #prune: string;
  readonly #pruneMarks: string;

  constructor({ database, tables, account }: DeadLettersWriterParts) {
    this.#database = database;
    this.#account = account;
    // The same failure of the same bytes is one dead letter, with the time when it was seen last.
    this.#insert = `INSERT INTO ${tables.dead_letters} AS d (id, source, stage, reason, detail, place, topic,
        content_type, bytes, total_bytes, sha256, event_id, received_at, dead_at, part, parts)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::bytea[], $10::int8[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::int4[], $16::int4[])
      ON CONFLICT (id) DO UPDATE SET dead_at = greatest(d.dead_at, excluded.dead_at)`;
    this.#count = `INSERT INTO ${tables.ingress_counts} AS c (partition, source, dead_lettered)
      SELECT $1, * FROM unnest($2::text[], $3::int8[])
      ON CONFLICT (partition, source) DO UPDATE SET dead_lettered = c.dead_lettered + excluded.dead_lettered`;
    // The same whatever comes first: partitions are read side by side, and a rebuild reads them again.
    this.#mark = `INSERT INTO ${tables.dead_letter_marks} AS m (id, state, dead_at, at, action, reason)
      SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[])
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, dead_at = excluded.dead_at, at = excluded.at,
        action = excluded.action, reason = excluded.reason WHERE (excluded.dead_at, excluded.at) > (m.dead_at, m.at)`;
    // Younger than the letter that it is of, which is gone then.
    this.#pruneMarks = `DELETE FROM ${tables.dead_letter_marks} WHERE id IN
      (SELECT id FROM ${tables.dead_letter_marks} WHERE at < $1 ORDER BY at LIMIT $2)`;
    this.#prune = `DELETE FROM ${tables.dead_letters} WHERE id IN
      (SELECT id FROM ${tables.dead_letters} WHERE dead_at < $1 ORDER BY dead_at LIMIT $2)`;
  }

  write(batch: RecordBatch, nowMicros: number): Promise<void> {
    return this.#inTransaction(batch, (client, fresh) =>
      this.#store(
        client,
        batch.partition,
        fresh.map(({ value }) =>
          storableLetter(
            readLetter(value ?? Buffer.alloc(0), { name: 'postgres-sink', nowMicros }),
          ),
        ),
      ),
    );
  }

  writeMarks(batch: RecordBatch): Promise<void> {
    return this.#inTransaction(batch, async (client, fresh) => {
      const marks = newestMarks(fresh);
      if (marks.length > 0) await client.query(this.#mark, markArrays(marks));
    });
  }

  async #inTransaction(
    batch: RecordBatch,
    store: (client: pg.ClientBase, fresh: readonly LogRecord[]) => Promise<void>,
  ): Promise<void> {
    const { commit } = await this.#database.transaction(async (client) => {
      const next = await this.#account.lock(client, batch);
      if (batch.nextOffset <= next) return { commit: false };
      await store(
        client,
        batch.records.filter(({ offset }) => offset >= next),
      );
      await this.#account.move(client, batch, batch.nextOffset, new Tally());
      return { commit: true };
    });
    if (commit) this.#account.reached(batch, batch.nextOffset);
  }

  /** Gives the number of rows deleted, at most `limit`. */
  async prune(beforeMicros: number, limit: number): Promise<number> {
    let deleted = 0;
    await this.#database.transaction(async (client) => {
      const before = new Date(Math.floor(beforeMicros / 1000)).toISOString();
      deleted = (await client.query(this.#prune, [before, limit])).rowCount ?? 0;
      await client.query(this.#pruneMarks, [before, limit]);
      return { commit: true };
    });
    return deleted;
  }

  async #store(
    client: pg.ClientBase,
    partition: number,
    letters: readonly DeadLetter[],
  ): Promise<void> {
    if (letters.length === 0) return;
    await client.query(this.#insert, letterArrays(newestById(letters)));
    // Each record counts, also a second one of the same failure: ingress counted both.
    const counts = new Map<string, number>();
    for (const { stage, source } of letters)
      if (stage === 'ingress') counts.set(source, (counts.get(source) ?? 0) + 1);
    if (counts.size === 0) return;
    const sources = [...counts.keys()].sort();
    await client.query(this.#count, [
      partition,
      textArray(sources),
      integerArray(sources.map((source) => counts.get(source) ?? 0)),
    ]);
  }
}
