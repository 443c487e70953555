import pg from 'pg';
import { MillraceError } from '../../core/errors.ts';
import { openingFailure, storeFailure } from './postgres-failure.ts';

export interface DatabaseOptions {
  /** As MILLRACE_POSTGRES_URL has it; what it sets itself goes before what follows. */
  readonly url: string;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  /** Connections at most; further calls wait for one. */
  readonly maxConnections: number;
  /** Of one statement, at the server; the client waits a little longer. */
  readonly statementTimeoutMs: number;
  readonly readOnly?: boolean;
}

export type Begin = 'BEGIN' | 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

const connectTimeoutMs = 10_000;
/** A session that stands still within a transaction (a process that was stopped) is ended, and its locks go. */
const idleInTransactionMs = 10_000;

/** A few connections to one database. What it throws is a MillraceError, or a refusal (see postgres-failure.ts). */
export class Database {
  /** `host:port/database`, without credentials. */
  readonly server: string;
  readonly #pool: pg.Pool;

  constructor(options: DatabaseOptions) {
    this.server = serverOf(options.url);
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 2000,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      keepAlive: true,
      ...(options.readOnly && { options: '-c default_transaction_read_only=on' }),
    });
    // A connection that is lost while nothing is asked of it; the next call makes another.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** One statement. */
  async query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<Row[]> {
    return (await this.#pool.query<Row>(config)).rows;
  }

  /**
   * Commits what `work` did when it gives `commit: true`, else takes it back; also when it throws. A connection on which
   * something failed other than a statement is not used again.
   */
  async transaction<T extends { readonly commit: boolean }>(
    work: (client: pg.ClientBase) => Promise<T>,
    begin: Begin = 'BEGIN',
  ): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const outcome = await work(client);
      await client.query(outcome.commit ? 'COMMIT' : 'ROLLBACK');
      return outcome;
    } catch (error) {
      broken = await rollback(client, error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** A connection to itself, for a lock that lives as long as the session. */
  async withSession<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      return await work(client);
    } finally {
      // Ended, not kept: whatever the session holds goes with it.
      client.release(true);
    }
  }

  /** Gives failures their meaning to callers of the store's contract. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeFailure(error, this.server);
    }
  }

  /** As {@link call}, for the first of all calls. */
  async opening<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw openingFailure(error, this.server);
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }
}

/** Undefined when the connection can be used again. One that gave no answer isn't asked for another. */
async function rollback(client: pg.ClientBase, error: unknown): Promise<Error | undefined> {
  if (!(error instanceof pg.DatabaseError || error instanceof MillraceError))
    return error instanceof Error ? error : new Error(String(error));
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (failure) {
    return failure instanceof Error ? failure : new Error(String(failure));
  }
}

/** Where a URL leads, for messages: nothing of its credentials. */
function serverOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
