import type { DeadLetterReader, LatestReader, StoreReader, StoreWriter } from '../store.ts';
import { Database } from './database.ts';
import { DeadLettersWriter } from './dead-letters-writer.ts';
import { followLog } from './followed-log.ts';
import { migrate } from './migrate.ts';
import { addExpired, PartitionAccount } from './partition-account.ts';
import { PostgresReader } from './postgres-reader.ts';
import { readAccount } from './read-account.ts';
import { ReadingsWriter } from './readings-writer.ts';
import { type GoneEntry, type OffsetEntry, RegistersWriter } from './registers-writer.ts';
import {
  dropNewTables,
  makeNewTables,
  newTables,
  replaceTables,
  whileRebuilding,
} from './replace-tables.ts';
import { servingTables, type Tables } from './tables.ts';

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

/** Counts as expired, by source, what the log held no longer. */
export type CountExpired = (sources: Readonly<Record<string, number>>) => Promise<void>;

type WriterParts = PostgresWriterOptions & { readonly tables?: Tables };

const pruneLimit = 5000;
const writerStatementMs = 20_000;
/** Adding PostGIS, and putting a whole store in another's place. */
const patientStatementMs = 600_000;
const readerStatementMs = 15_000;

/**
 * Opens the store for writing; any number of processes may, each for partitions of its own. Makes and migrates the tables.
 * Rejects with `STORE_UNAVAILABLE`, `STORE_NOT_PREPARED` or `STORE_NEWER`.
 */
export async function openPostgresWriter(
  options: PostgresWriterOptions,
): Promise<PostgresStoreWriter> {
  await prepare(options);
  return writerOn(sinkDatabase(options, writerStatementMs), options);
}

/** Tables of this version, tied to the log. */
async function prepare(options: PostgresWriterOptions): Promise<void> {
  const { logId } = options;
  const database = sinkDatabase({ ...options, maxConnections: 1 }, patientStatementMs);
  try {
    await database.opening(async () => {
      await migrate(database);
      if (logId !== undefined) await followLog(database, logId);
    });
  } finally {
    await database.close();
  }
}

function sinkDatabase(
  { url, maxConnections = 3 }: PostgresWriterOptions,
  statementTimeoutMs: number,
): Database {
  const applicationName = 'millrace postgres-sink';
  return new Database({ url, applicationName, maxConnections, statementTimeoutMs });
}

function writerOn(database: Database, options: WriterParts): PostgresStoreWriter {
  const { historyMs, deadLettersMs = null, logId, cachedEntities = 20_000 } = options;
  const now = options.now ?? (() => Date.now() * 1000);
  const tables = options.tables ?? servingTables;
  const account = new PartitionAccount(tables, { logId, server: database.server });
  const readings = new ReadingsWriter({ database, tables, account, maxEntities: cachedEntities });
  const deadLetters = new DeadLettersWriter({ database, tables, account });
  const registers = new RegistersWriter(database);
  const expiredBefore = () =>
    historyMs === null ? Number.NEGATIVE_INFINITY : now() - historyMs * 1000;
  return {
    server: database.server,
    account: () => database.call(() => accountOf(database, tables)),
    writeReadings: (batch, setAside = []) =>
      database.call(() =>
        readings.write({ batch, setAside: new Set(setAside), expiredBefore: expiredBefore() }),
      ),
    writeDeadLetters: (batch) => database.call(() => deadLetters.write(batch, now())),
    writeDeadLetterMarks: (batch) => database.call(() => deadLetters.writeMarks(batch)),
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

async function accountOf(database: Database, tables: Tables) {
  const { account } = await database.transaction(
    async (client) => ({ commit: true, account: await readAccount(client, tables) }),
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  );
  return account;
}

/**
 * A store made anew, beside the one that serves; `fill` writes it, and when it is done it takes the other's place. Until
 * then, and when it rejects, the old one stays, and sinks go on with it. Rejects with `STORE_REFUSES` when another process
 * is at it.
 */
export async function replacePostgresStore(
  options: PostgresWriterOptions,
  fill: (writer: PostgresStoreWriter, countExpired: CountExpired) => Promise<void>,
): Promise<void> {
  await prepare(options);
  const database = sinkDatabase(options, patientStatementMs);
  try {
    await database.call(() =>
      whileRebuilding(database, async () => {
        await makeNewTables(database);
        try {
          const countExpired: CountExpired = (sources) => addExpired(database, newTables, sources);
          await fill(writerOn(database, { ...options, tables: newTables }), countExpired);
          await replaceTables(database);
        } catch (error) {
          await dropNewTables(database).catch(() => undefined);
          throw error;
        }
      }),
    );
  } finally {
    await database.close();
  }
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
