import type { TablePlan } from '../../core/tables/table-plan.ts';
import type { DeadLetterReader, LatestReader, StoreReader, StoreWriter } from '../store.ts';
import { Database } from './database.ts';
import { DeadLettersWriter } from './dead-letters-writer.ts';
import { followLog } from './followed-log.ts';
import { MappedTables } from './mapped/mapped-tables.ts';
import { type PreparedTables, prepareTables } from './mapped/prepare-tables.ts';
import { rebuildingPrefix } from './mapped/replace-mapped.ts';
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
  /** The mapped tables of the configuration. */
  readonly mapped?: readonly TablePlan[];
  /** Told, a sentence each, what was done to mapped tables at the opening. */
  readonly onMapped?: (note: string) => void;
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

interface WriterParts extends PostgresWriterOptions {
  readonly tables: Tables;
  /** Stands before the names of mapped tables. */
  readonly prefix: string;
  readonly prepared: PreparedTables;
}

const pruneLimit = 5000;
const writerStatementMs = 20_000;
/** Adding PostGIS, and putting a whole store in another's place. */
const patientStatementMs = 600_000;
const readerStatementMs = 15_000;

/**
 * Opens the store for writing; any number of processes may, each for partitions of its own. Makes and migrates the tables.
 * Rejects with `STORE_UNAVAILABLE`, `STORE_NOT_PREPARED`, `STORE_NEWER` or `TABLE_DIFFERS`.
 */
export async function openPostgresWriter(
  options: PostgresWriterOptions,
): Promise<PostgresStoreWriter> {
  const prepared = await prepare(options);
  const parts = { ...options, tables: servingTables, prefix: '', prepared };
  return writerOn(sinkDatabase(options, writerStatementMs), parts);
}

/** Tables of this version, tied to the log. */
async function prepare(options: PostgresWriterOptions): Promise<PreparedTables> {
  const { logId, mapped = [], onMapped } = options;
  const database = sinkDatabase({ ...options, maxConnections: 1 }, patientStatementMs);
  try {
    return await database.opening(async () => {
      await migrate(database);
      if (logId !== undefined) await followLog(database, logId);
      const prepared = await prepareTables(database, mapped);
      for (const note of prepared.notes) onMapped?.(note);
      return prepared;
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
  const { tables, prefix, prepared } = options;
  const { historyMs, deadLettersMs = null, logId, cachedEntities = 20_000 } = options;
  const now = options.now ?? (() => Date.now() * 1000);
  const { server } = database;
  const account = new PartitionAccount(tables, { logId, server, tablesMark: prepared.mark });
  const mapped = new MappedTables(options.mapped ?? [], { prefix, postgis: prepared.postgis });
  const maxEntities = cachedEntities;
  const readings = new ReadingsWriter({ database, tables, account, mapped, maxEntities });
  const deadLetters = new DeadLettersWriter({ database, tables, account });
  const registers = new RegistersWriter(database);
  const expiredBefore = () =>
    historyMs === null ? Number.NEGATIVE_INFINITY : now() - historyMs * 1000;
  return {
    server,
    account: () => database.call(() => accountOf(database, tables)),
    writeReadings: (batch, setAside = []) =>
      database.call(() =>
        readings.write({ batch, setAside: new Set(setAside), expiredBefore: expiredBefore() }),
      ),
    writeDeadLetters: (batch) => database.call(() => deadLetters.write(batch, now())),
    writeDeadLetterMarks: (batch) => database.call(() => deadLetters.writeMarks(batch)),
    prune: (nowMs) =>
      database.call(async () => {
        const deleted = await pruneMapped(database, mapped, nowMs);
        if (deadLettersMs === null) return deleted;
        return deleted + (await deadLetters.prune((nowMs - deadLettersMs) * 1000, pruneLimit));
      }),
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

async function pruneMapped(
  database: Database,
  mapped: MappedTables,
  nowMs: number,
): Promise<number> {
  let deleted = 0;
  if (mapped.set.all.length === 0) return deleted;
  await database.transaction(async (client) => {
    deleted = await mapped.prune(client, nowMs * 1000, pruneLimit);
    return { commit: true };
  });
  return deleted;
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
  const prepared = await prepare(options);
  const { mapped = [] } = options;
  const parts = { ...options, tables: newTables, prefix: rebuildingPrefix, prepared };
  const database = sinkDatabase(options, patientStatementMs);
  try {
    await database.call(() =>
      whileRebuilding(database, async () => {
        await makeNewTables(database, mapped);
        try {
          const countExpired: CountExpired = (sources) => addExpired(database, newTables, sources);
          await fill(writerOn(database, parts), countExpired);
          await replaceTables(database, mapped);
        } catch (error) {
          await dropNewTables(database, mapped).catch(() => undefined);
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
