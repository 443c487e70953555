import type pg from 'pg';
import type { Offsets } from '../../core/log/event-log.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import type {
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterQuery,
  EntityQuery,
  EntityState,
  Page,
  SinkAccount,
  StoredDeadLetter,
  StoreTotals,
} from '../store.ts';
import type { Database } from './database.ts';
import { postgisSchema, refuseNewer, versionOf } from './migrate.ts';
import { isMissingTable } from './postgres-failure.ts';
import {
  queryDeadLetter,
  queryDeadLetterGroups,
  queryDeadLetters,
  queryIngressDeadLetters,
} from './query-dead-letters.ts';
import { queryAllEntities, queryEntities, queryEntity } from './query-entities.ts';
import { readAccount, readOffsets } from './read-account.ts';
import { servingTables } from './tables.ts';

const nothing = { items: [], nextCursor: null };

/** The reading half. Every answer is of one state of the database. */
export class PostgresReader {
  readonly #database: Database;
  /** The schema of PostGIS; undefined until there are tables. */
  #postgis: string | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  entities(query: EntityQuery): Promise<Page<EntityState>> {
    return this.#read(nothing, (client, postgis) => queryEntities(client, postgis, query));
  }

  entity(entityType: string, entityId: string): Promise<EntityState | undefined> {
    return this.#read(undefined, (client) => queryEntity(client, entityType, entityId));
  }

  snapshot(
    query: Omit<EntityQuery, 'limit' | 'cursor'>,
  ): Promise<{ entities: readonly EntityState[]; offsets: Offsets }> {
    return this.#read({ entities: [], offsets: {} }, async (client, postgis) => ({
      offsets: await readOffsets(client, servingTables),
      entities: await queryAllEntities(client, postgis, query),
    }));
  }

  deadLetters(query: DeadLetterQuery): Promise<Page<StoredDeadLetter>> {
    return this.#read(nothing, (client) => queryDeadLetters(client, query));
  }

  deadLetter(id: string): Promise<StoredDeadLetter | undefined> {
    return this.#read(undefined, (client) => queryDeadLetter(client, id));
  }

  deadLetterGroups(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.#read([], (client) => queryDeadLetterGroups(client, filter));
  }

  ingressDeadLetters(): Promise<{ offsets: Offsets; sources: Readonly<Record<string, number>> }> {
    return this.#read(
      { offsets: { [deadLettersTopic]: {} }, sources: {} },
      queryIngressDeadLetters,
    );
  }

  /** No history is held here: no readings, and no span of time. */
  totals(): Promise<StoreTotals> {
    const empty = { entities: 0, readings: 0, oldest: null, newest: null };
    return this.#read(empty, async (client) => {
      const { rows } = await client.query<{ entities: string }>(
        `SELECT count(*) AS entities FROM ${servingTables.entities}`,
      );
      return { ...empty, entities: Number(rows[0]?.entities) };
    });
  }

  account(): Promise<SinkAccount> {
    return this.#read({ offsets: {}, sources: {} }, (client) => readAccount(client, servingTables));
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** `empty` is the answer of a database that no sink has opened. */
  async #read<T>(
    empty: T,
    query: (client: pg.ClientBase, postgis: string) => Promise<T>,
  ): Promise<T> {
    return this.#database.call(async () => {
      try {
        const { answer } = await this.#database.transaction(async (client) => {
          const postgis = await this.#prepared(client);
          return {
            commit: true,
            answer: postgis === undefined ? empty : await query(client, postgis),
          };
        }, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        return answer;
      } catch (error) {
        if (!isMissingTable(error)) throw error;
        this.#postgis = undefined;
        return empty;
      }
    });
  }

  /** Looks once whether the tables are there, and of a version that this program knows. */
  async #prepared(client: pg.ClientBase): Promise<string | undefined> {
    if (this.#postgis !== undefined) return this.#postgis;
    const version = await versionOf(client);
    refuseNewer(version, this.#database.server);
    if (version > 0) this.#postgis = await postgisSchema(client);
    return this.#postgis;
  }
}
