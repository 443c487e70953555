import { makeFolder } from '../../core/make-folder.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import type { StoredDeadLetter, StoreReader, StoreWriter } from '../store.ts';
import { packBatch } from './packed-batch.ts';
import type { ReaderCalls, ReaderData } from './reader-protocol.ts';
import { storePath } from './store-file.ts';
import { WorkerCalls } from './worker-calls.ts';
import type { WriterCalls, WriterData } from './writer-protocol.ts';

export interface SqliteWriterOptions {
  /** The data folder; made when it is missing. The store is `store.db` in it. */
  readonly folder: string;
  /** The file's name, for a store that is to take the place of another. */
  readonly file?: string;
  /** Readings observed longer ago are expired. Null: history is for ever. */
  readonly historyMs: number | null;
  /** Dead letters older than this are pruned. Null, or absent: for ever. */
  readonly deadLettersMs?: number | null;
  /** Bytes that the file may hold; beyond it pruning deletes the oldest history. Null, or absent: no limit. */
  readonly maxBytes?: number | null;
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
}

/** The writing half with what only `millrace rebuild` needs. */
export interface SqliteStoreWriter extends StoreWriter {
  /** Counts as expired, by source, what the log held no longer when the store was made anew. */
  countExpired(sources: Readonly<Record<string, number>>): Promise<void>;
}

/**
 * Opens the embedded store for writing, in a thread of its own. The folder's lock (one `up` on a folder) is the
 * caller's. Rejects with `DATA_DAMAGED`, `STORE_UNAVAILABLE` or `TABLE_DIFFERS`.
 */
export async function openSqliteWriter(options: SqliteWriterOptions): Promise<SqliteStoreWriter> {
  makeFolder(options.folder);
  const workerData: WriterData = {
    file: options.file ?? storePath(options.folder),
    historyMs: options.historyMs,
    deadLettersMs: options.deadLettersMs ?? null,
    maxBytes: options.maxBytes ?? null,
    logId: options.logId ?? null,
    cachedEntities: options.cachedEntities ?? 10_000,
    mapped: options.mapped ?? [],
  };
  const now = options.now ?? (() => Date.now() * 1000);
  const calls = new WorkerCalls<WriterCalls>('./writer-worker.ts', import.meta.url, workerData);
  const writer: SqliteStoreWriter = {
    account: () => calls.call('account', []),
    writeReadings: (batch, setAside = []) => {
      const packed = packBatch(batch);
      return calls.call('writeReadings', [packed, setAside, now()], [packed.packed]);
    },
    writeDeadLetters: (batch) => {
      const packed = packBatch(batch);
      return calls.call('writeDeadLetters', [packed, now()], [packed.packed]);
    },
    writeDeadLetterMarks: (batch) => {
      const packed = packBatch(batch);
      return calls.call('writeDeadLetterMarks', [packed], [packed.packed]);
    },
    prune: (nowMs) => calls.call('prune', [nowMs * 1000]),
    countExpired: (sources) => calls.call('countExpired', [sources]),
    close: () => calls.close(),
  };
  try {
    for (const note of await calls.call('mappedNotes', [])) options.onMapped?.(note);
  } catch (error) {
    await writer.close();
    throw error;
  }
  return writer;
}

/**
 * Opens the embedded store for reading, in a thread of its own that starts with the first call. Works beside a
 * writer, in another process, and before any writer ran: then the store is empty.
 */
export function openSqliteReader(options: { readonly folder: string }): StoreReader {
  const workerData: ReaderData = { file: storePath(options.folder) };
  const calls = new WorkerCalls<ReaderCalls>('./reader-worker.ts', import.meta.url, workerData);
  return {
    entities: (query) => calls.call('entities', [query]),
    entity: (entityType, entityId) => calls.call('entity', [entityType, entityId]),
    snapshot: (query) => calls.call('snapshot', [query]),
    series: (query) => calls.call('series', [query]),
    deadLetters: async (query) => {
      const page = await calls.call('deadLetters', [query]);
      return { ...page, items: page.items.map(withBuffer) };
    },
    deadLetter: async (id) => {
      const found = await calls.call('deadLetter', [id]);
      return found && withBuffer(found);
    },
    deadLetterGroups: (filter) => calls.call('deadLetterGroups', [filter]),
    ingressDeadLetters: () => calls.call('ingressDeadLetters', []),
    totals: () => calls.call('totals', []),
    account: () => calls.call('account', []),
    close: () => calls.close(),
  };
}

/** A Buffer that crossed from a thread is a plain Uint8Array. */
function withBuffer(letter: StoredDeadLetter): StoredDeadLetter {
  const { buffer, byteOffset, byteLength } = letter.bytes;
  return { ...letter, bytes: Buffer.from(buffer, byteOffset, byteLength) };
}
