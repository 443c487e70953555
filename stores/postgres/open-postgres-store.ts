import type { DeadLetterReader, LatestReader, StoreReader, StoreWriter } from '../store.ts';
import { Database } from './database.ts';
import { DeadLettersWriter } from './dead-letters-writer.ts';
import { followLog } from './followed-log.ts';
import { migrate } from './migrate.ts';
import { PartitionAccount } from './partition-account.ts';
import { PostgresReader } from './postgres-reader.ts';
import { readAccount } from './read-account.ts';
import { ReadingsWriter } from './readings-writer.ts';
import { type GoneEntry, type OffsetEntry, RegistersWriter } from './registers-writer.ts';
import { servingTables } from './tables.ts';

export interface PostgresWriterOptions {
  /** `postgres://user:password@host:port/database`; docs/postgres.md has its parameters. */
  readonly url: string;
  /** Readings observed longer ago are expired. Null: all are taken. */
  readonly historyMs: number | null;
  /** Dead letters older than this are pruned. Null, or absent: for ever. */
  readonly deadLettersMs?: number | null;
  /** The log that the offsets belong to. With another one than before, offsets and counts begin anew. */
  readonly logId?: string;
  /** Microseconds since 1970. */
  readonly now?: () => number;
  /** Latest states kept in memory, some 2 kB each. */
  readonly cachedEntities?: number;
  /** Connections: batches of so many partitions are written side by side. */
  readonly maxConnections?: number;
}

/** The writing half, and the registers. */
export interface PostgresStoreWriter extends StoreWriter {
  /** `host:port/database`, for messages. */
  readonly server: string;
  /** Takes over `registers.v1` as it was read up to `endOffset`. Gives the entries that the database refused. */
  replaceRegisters(
    entries: readonly OffsetEntry[],
    endOffset: number,
  ): Promise<readonly OffsetEntry[]>;
  changeRegisters(
    entries: readonly OffsetEntry[],
    gone: readonly GoneEntry[],
  ): Promise<readonly OffsetEntry[]>;
  /** After `STORE_WENT_BACK`, when the log is about to be read again from where the store stands. */
  acceptWhereItStands(): void;
}

/** The parts of the contract that Postgres has: history is another store's. */
export type PostgresStoreReader = LatestReader &
  DeadLetterReader &
  Pick<StoreReader, 'totals' | 'account' | 'close'>;

const pruneLimit = 5000;
const writerStatementMs = 20_000;
const readerStatementMs = 15_000;

/**
 * Opens the store for writing; any number of processes may, each for partitions of its own. Makes and migrates the tables.
 * Rejects with `STORE_UNAVAILABLE`, `STORE_NOT_PREPARED` or `STORE_NEWER`.
 */
export async function openPostgresWriter(
  options: PostgresWriterOptions,
): Promise<PostgresStoreWriter> {
  const { logId, maxConnections = 3 } = options;
  const database = new Database({
    url: options.url,
    applicationName: 'millrace postgres-sink',
    maxConnections,
    statementTimeoutMs: writerStatementMs,
  });
  try {
    await database.opening(async () => {
      await migrate(database);
      if (logId !== undefined) await followLog(database, logId);
    });
  } catch (error) {
    await database.close();
    throw error;
  }
  return writerOn(database, options);
}

function writerOn(database: Database, options: PostgresWriterOptions): PostgresStoreWriter {
  const { historyMs, deadLettersMs = null, logId, cachedEntities = 20_000 } = options;
  const now = options.now ?? (() => Date.now() * 1000);
  const tables = servingTables;
  const account = new PartitionAccount(tables, { logId, server: database.server });
  const readings = new ReadingsWriter({ database, tables, account, maxEntities: cachedEntities });
  const deadLetters = new DeadLettersWriter({ database, tables, account });
  const registers = new RegistersWriter(database);
  const expiredBefore = () =>
    historyMs === null ? Number.NEGATIVE_INFINITY : now() - historyMs * 1000;
  return {
    server: database.server,
    account: () => database.call(() => accountOf(database)),
    writeReadings: (batch, setAside = []) =>
      database.call(() =>
        readings.write({ batch, setAside: new Set(setAside), expiredBefore: expiredBefore() }),
      ),
    writeDeadLetters: (batch) => database.call(() => deadLetters.write(batch, now())),
    prune: async (nowMs) =>
      deadLettersMs === null
        ? 0
        : database.call(() => deadLetters.prune((nowMs - deadLettersMs) * 1000, pruneLimit)),
    replaceRegisters: (entries, endOffset) =>
      database.call(() => registers.replaceAll(entries, endOffset)),
    changeRegisters: (entries, gone) =>
      database.call(async () => {
        await registers.remove(gone);
        return registers.put(entries);
      }),
    acceptWhereItStands: () => {
      account.forget();
      readings.forget();
    },
    close: () => database.close(),
  };
}

async function accountOf(database: Database) {
  const { account } = await database.transaction(
    async (client) => ({ commit: true, account: await readAccount(client, servingTables) }),
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
  return account;
}

/**
 * Opens the store for reading: at once, and before any sink ran (then it is empty). A role that may only read is enough.
 */
export function openPostgresReader(options: { readonly url: string }): PostgresStoreReader {
  return new PostgresReader(
    new Database({
      url: options.url,
      applicationName: 'millrace reader',
      maxConnections: 4,
      statementTimeoutMs: readerStatementMs,
    }),
  );
}
