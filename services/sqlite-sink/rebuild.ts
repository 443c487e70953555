import type { Events } from '../../core/events.ts';
import {
  type EnricherEntry,
  enricherKeyPrefix,
  parseLedgerEntry,
} from '../../core/ledger/ledger-entries.ts';
import type { EventLog, RecordBatch } from '../../core/log/event-log.ts';
import { deadLettersTopic, enrichedTopic, ledgerTopic } from '../../core/topics.ts';
import { joinBatches } from '../../stores/sink/join-batches.ts';
import { RefusalShare } from '../../stores/sink/refusal-share.ts';
import { storeBatch } from '../../stores/sink/store-batch.ts';
import { openSqliteWriter, type SqliteStoreWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import { newStorePath, removeNewStore, replaceStore } from '../../stores/sqlite/replace-store.ts';
import type { SinkAccount } from '../../stores/store.ts';
import { sinkName } from './config.ts';

export interface RebuildParts {
  /**
   * The folder's log, open for writing: it holds the folder's lock, so that no `up` runs meanwhile (opening it
   * rejects with `DATA_DIR_IN_USE` while one does).
   */
  readonly log: EventLog;
  readonly folder: string;
  /** As the sink has them. Null: for ever. */
  readonly historyMs: number | null;
  readonly deadLettersMs: number | null;
  /** Microseconds. */
  readonly now: () => number;
  readonly events: Events;
  readonly onProgress?: (progress: RebuildProgress) => void;
}

export interface RebuildProgress {
  readonly records: number;
  readonly totalRecords: number;
}

export interface RebuildReport {
  readonly records: number;
  /** Of the new store; `expired` includes `gone`. */
  readonly sources: SinkAccount['sources'];
  /** Readings by source that were passed on once and that the log holds no longer. */
  readonly gone: Readonly<Record<string, number>>;
}

const topics = [enrichedTopic, deadLettersTopic];

/**
 * Makes the store anew from the log, from its start to its end, beside the old one, and then puts it in its place.
 * Until then the old one stays as it is, and so it does when this rejects. The ledger stays even: what the log holds
 * no longer is counted as expired at this sink.
 */
export async function rebuildStore(parts: RebuildParts): Promise<RebuildReport> {
  const { log, folder, historyMs, deadLettersMs, now } = parts;
  removeNewStore(folder);
  const file = newStorePath(folder);
  const writer = await openSqliteWriter({
    folder,
    file,
    historyMs,
    deadLettersMs,
    logId: log.id,
    now,
  });
  let report: RebuildReport;
  try {
    const records = await storeLog(parts, writer);
    const gone = goneReadings(await passedOnBySource(log), await writer.account());
    await writer.countExpired(gone);
    report = { records, gone, sources: (await writer.account()).sources };
  } catch (error) {
    await writer.close();
    removeNewStore(folder);
    throw error;
  }
  await writer.close();
  await replaceStore(folder);
  return report;
}

/** Gives the number of records stored, dead letters among them. */
async function storeLog(parts: RebuildParts, writer: SqliteStoreWriter): Promise<number> {
  const { log, now, events, onProgress } = parts;
  const ranges = await log.ranges(topics);
  const totalRecords = ranges.reduce((sum, range) => sum + range.endOffset - range.startOffset, 0);
  const share = new RefusalShare();
  const onRefused = (refusals: readonly unknown[], { topic, partition }: RecordBatch) =>
    events.error('rebuild.records-refused', {
      message: `The store refused ${refusals.length} records of ${topic}/${partition}; they are dead letters.`,
    });
  let records = 0;
  for await (const cut of log.tail(topics, { from: 'earliest' })) {
    for (const batch of joinBatches(cut.batches)) {
      await storeBatch({ sinkName, writer, log, share, now, onRefused }, batch);
      records += batch.records.length;
      onProgress?.({ records, totalRecords: Math.max(totalRecords, records) });
    }
    if (cut.atEnd) break;
  }
  return records;
}

/** What the enricher put into the log, by source; nothing writes to it meanwhile. */
async function passedOnBySource(log: EventLog): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>();
  const ledger = await log.table(ledgerTopic);
  for (const [key, { value }] of ledger.entries()) {
    if (value === null || !key.startsWith(enricherKeyPrefix)) continue;
    const { sources } = parseLedgerEntry<EnricherEntry>(value);
    for (const [source, { passedOn, derived }] of Object.entries(sources))
      sums.set(source, (sums.get(source) ?? 0) + passedOn + derived);
  }
  ledger.close();
  return sums;
}

function goneReadings(
  passedOn: ReadonlyMap<string, number>,
  { sources }: SinkAccount,
): Record<string, number> {
  const gone: Record<string, number> = {};
  for (const [source, expected] of passedOn) {
    const { stored = 0, expired = 0, deadLettered = 0 } = sources[source] ?? {};
    const missing = expected - stored - expired - deadLettered;
    if (missing > 0) gone[source] = missing;
  }
  return gone;
}
