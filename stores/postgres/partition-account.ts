import type pg from 'pg';
import { MillraceError } from '../../core/errors.ts';
import type { Tally } from '../tally.ts';
import { integerArray, textArray } from './binary-array.ts';
import type { Database } from './database.ts';
import { schema } from './migrations.ts';
import type { Tables } from './tables.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets and counts of partitions, each in the transaction of its rows. */
export class PartitionAccount {
  readonly #tables: Tables;
  readonly #logId: string | undefined;
  readonly #server: string;
  readonly #tablesMark: string;
  /** What this process has seen committed. */
  readonly #reached = new Map<string, number>();

  /** `tablesMark`: what the mapped tables are made by, as `prepareTables` left it. */
  constructor(
    tables: Tables,
    options: { logId: string | undefined; server: string; tablesMark: string },
  ) {
    this.#tables = tables;
    this.#logId = options.logId;
    this.#server = options.server;
    this.#tablesMark = options.tablesMark;
  }

  /**
   * The partition's next offset; until the end of the transaction nobody else writes this partition. Throws
   * `STORE_REFUSES` when the store has been tied to another log or its tables are mapped otherwise now, and `STORE_WENT_BACK`.
   */
  async lock(client: pg.ClientBase, place: Place): Promise<number> {
    let row = await this.#select(client, place);
    if (row === undefined) {
      await client.query(
        `INSERT INTO ${this.#tables.offsets} VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`,
        [place.topic, place.partition],
      );
      row = await this.#select(client, place);
    }
    if (this.#logId !== undefined && row?.log !== this.#logId) throw this.#otherLog(row?.log);
    if ((row?.tables ?? '{}') !== this.#tablesMark) throw this.#mappedOtherwise();
    const next = Number(row?.next_offset ?? 0);
    if (next < (this.#reached.get(nameOf(place)) ?? 0)) throw this.#wentBack(place, next);
    return next;
  }

  /** Moves the offset and adds to the counts of the partition. */
  async move(client: pg.ClientBase, place: Place, nextOffset: number, tally: Tally): Promise<void> {
    const counts = [...tally.sources.values()];
    await client.query({
      name: `${this.#tables.offsets}-move`,
      text: `WITH counted AS (
          INSERT INTO ${this.#tables.counts} AS c (partition, source, stored, expired, dead_lettered)
          SELECT $2, * FROM unnest($4::text[], $5::int8[], $6::int8[], $7::int8[])
          ON CONFLICT (partition, source) DO UPDATE SET stored = c.stored + excluded.stored,
            expired = c.expired + excluded.expired, dead_lettered = c.dead_lettered + excluded.dead_lettered
        )
        UPDATE ${this.#tables.offsets} SET next_offset = $3 WHERE topic = $1 AND partition = $2::integer`,
      values: [
        place.topic,
        place.partition,
        nextOffset,
        textArray([...tally.sources.keys()]),
        integerArray(counts.map(({ stored }) => stored)),
        integerArray(counts.map(({ expired }) => expired)),
        integerArray(counts.map(({ deadLettered }) => deadLettered)),
      ],
    });
  }

  /** To be told after the commit. */
  reached(place: Place, nextOffset: number): void {
    this.#reached.set(nameOf(place), nextOffset);
  }

  /** What the store says is believed again, also when it lies before what was committed. */
  forget(): void {
    this.#reached.clear();
  }

  async #select(client: pg.ClientBase, { topic, partition }: Place) {
    const { rows } = await client.query<{
      next_offset: string;
      log: string | null;
      tables: string | null;
    }>({
      name: `${this.#tables.offsets}-lock`,
      text: `SELECT next_offset, (SELECT value FROM ${schema}.meta WHERE name = 'log') AS log,
          (SELECT value FROM ${schema}.meta WHERE name = 'tables') AS tables
        FROM ${this.#tables.offsets} WHERE topic = $1 AND partition = $2 FOR UPDATE`,
      values: [topic, partition],
    });
    return rows[0];
  }

  #otherLog(log: string | null | undefined): MillraceError {
    return new MillraceError(
      'STORE_REFUSES',
      `The store in ${this.#server} should follow the log ${this.#logId}; it follows ${log ?? 'none'} now: another Millrace, on another log, has taken it over. ` +
        'Stop one of the two, or give each a database of its own.',
    );
  }

  #mappedOtherwise(): MillraceError {
    return new MillraceError(
      'STORE_REFUSES',
      `The tables in ${this.#server} should be mapped as this process has read its configuration; another process has mapped them otherwise since. ` +
        'Start this one again, with the same configuration.',
    );
  }

  #wentBack({ topic, partition }: Place, next: number): MillraceError {
    return new MillraceError(
      'STORE_WENT_BACK',
      `The store in ${this.#server} should have read ${topic}/${partition} up to offset ${this.#reached.get(nameOf({ topic, partition }))}; it stands at ${next}: ` +
        'it was put back from a backup, made anew, or a standby without the last commits took over. The log is read again from there.',
    );
  }
}

/** Readings that never came, because the log held them no longer; under partition -1, which no log has. */
export async function addExpired(
  database: Database,
  tables: Tables,
  sources: Readonly<Record<string, number>>,
): Promise<void> {
  await database.query({
    text: `INSERT INTO ${tables.counts} SELECT -1, source, 0, expired, 0
      FROM unnest($1::text[], $2::int8[]) AS s(source, expired)`,
    values: [textArray(Object.keys(sources)), integerArray(Object.values(sources))],
  });
}

function nameOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}
