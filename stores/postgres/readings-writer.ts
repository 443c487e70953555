import type pg from 'pg';
import type { Refusal } from '../store.ts';
import { Tally } from '../tally.ts';
import type { Database } from './database.ts';
import { EntityCache, type HeldEntity } from './entity-cache.ts';
import { EntityRows } from './entity-rows.ts';
import type { MappedTables } from './mapped/mapped-tables.ts';
import { Merge } from './merge.ts';
import type { PartitionAccount } from './partition-account.ts';
import { isRefusal } from './postgres-failure.ts';
import type { Tables } from './tables.ts';
import { type TakenReading, takeReadings, type WriteRequest } from './take-readings.ts';

export interface ReadingsWriterParts {
  readonly database: Database;
  readonly tables: Tables;
  readonly account: PartitionAccount;
  readonly mapped: MappedTables;
  /** Latest states kept in memory, some 2 kB each. */
  readonly maxEntities: number;
}

interface Outcome {
  readonly commit: boolean;
  readonly refusals: readonly Refusal[];
  /** Latest states as they stand after the commit. */
  readonly entities?: ReadonlyMap<string, HeldEntity>;
  /** Somebody else has written one of the entities since it was read. */
  readonly overtaken?: boolean;
  /** Somebody else has stored the batch. */
  readonly isThere?: boolean;
}

/** Each time another sink came first; a trigger that passes rows over would make it go on for ever. */
const maxOvertaken = 10;

/** Merges batches of readings into the latest of their entities: one row an entity and batch. */
export class ReadingsWriter {
  readonly #database: Database;
  readonly #account: PartitionAccount;
  readonly #rows: EntityRows;
  readonly #cache: EntityCache;
  readonly #mapped: MappedTables;

  constructor({ database, tables, account, mapped, maxEntities }: ReadingsWriterParts) {
    this.#database = database;
    this.#account = account;
    this.#rows = new EntityRows(tables);
    this.#mapped = mapped;
    this.#cache = new EntityCache(maxEntities);
  }

  /** One transaction: all of the batch, or, when records are refused, nothing and the refusals. */
  async write(request: WriteRequest): Promise<readonly Refusal[]> {
    const { batch } = request;
    try {
      for (let attempt = 0; attempt < maxOvertaken; attempt++) {
        const cache = attempt === 0 ? this.#cache : undefined;
        const outcome = await this.#database.transaction((client) =>
          this.#attempt(client, request, cache),
        );
        if (outcome.overtaken) continue;
        if (outcome.entities) this.#cache.putBack(outcome.entities);
        if (outcome.commit) this.#account.reached(batch, batch.nextOffset);
        return outcome.refusals;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { refusals, isThere } = await this.#database.transaction((client) =>
        this.#find(client, request),
      );
      // Refused once and not again: nothing of it is stored, and no offset may pass it.
      if (refusals.length === 0 && !isThere) throw error;
      return refusals;
    }
    throw new Error(`rows were not written as they were sent, ${maxOvertaken} times`);
  }

  /** What is in memory may say more than the database. */
  forget(): void {
    this.#cache.clear();
  }

  /** Throws what the database refuses. Without the cache the latest states are read, and locked, anew. */
  async #attempt(
    client: pg.ClientBase,
    request: WriteRequest,
    cache: EntityCache | undefined,
  ): Promise<Outcome> {
    const { batch } = request;
    const next = await this.#account.lock(client, batch);
    if (batch.nextOffset <= next) return { commit: false, refusals: [] };
    const tally = new Tally();
    const { readings, refusals } = takeReadings(request, next, { tally, tables: this.#mapped.set });
    const merge = new Merge(
      readings.map(({ reading }) => reading),
      this.#mapped,
    );
    if (!(await merge.write(client, this.#rows, cache)))
      return { commit: false, refusals, overtaken: true };
    if (refusals.length > 0) return { commit: false, refusals };
    await this.#account.move(client, batch, batch.nextOffset, tally);
    return { commit: true, refusals, entities: merge.entities };
  }

  /** Looks for what the database refuses, and leaves nothing. */
  async #find(client: pg.ClientBase, request: WriteRequest): Promise<Outcome> {
    const next = await this.#account.lock(client, request.batch);
    if (request.batch.nextOffset <= next) return { commit: false, refusals: [], isThere: true };
    // What is put off to the commit would be refused after the search.
    await client.query('SET CONSTRAINTS ALL IMMEDIATE');
    const { readings, refusals } = takeReadings(request, next, {
      tally: new Tally(),
      tables: this.#mapped.set,
    });
    const found = [...refusals, ...(await this.#search(client, readings))];
    return { commit: false, refusals: found.sort((a, b) => a.index - b.index) };
  }

  /**
   * Halves the range until what is refused stands alone. The good halves stay for the time of the search, so that each
   * record is tried on what came before it.
   */
  async #search(client: pg.ClientBase, readings: readonly TakenReading[]): Promise<Refusal[]> {
    await client.query('SAVEPOINT attempt');
    try {
      const merge = new Merge(
        readings.map(({ reading }) => reading),
        this.#mapped,
      );
      await merge.write(client, this.#rows, undefined);
      await client.query('RELEASE SAVEPOINT attempt');
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt');
      const [only] = readings;
      if (only && readings.length === 1) return [{ index: only.index, detail: error.message }];
    }
    const middle = readings.length >>> 1;
    const before = await this.#search(client, readings.slice(0, middle));
    return [...before, ...(await this.#search(client, readings.slice(middle)))];
  }
}
