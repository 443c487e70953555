import type { Events } from '../../core/events.ts';
import {
  type EnricherEntry,
  enricherKeyPrefix,
  parseLedgerEntry,
} from '../../core/ledger/ledger-entries.ts';
import type { EventLog, LogRecord, RecordBatch } from '../../core/log/event-log.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import {
  deadLetterMarksTopic,
  deadLettersTopic,
  enrichedTopic,
  ledgerTopic,
} from '../../core/topics.ts';
import { joinBatches } from '../../stores/sink/join-batches.ts';
import { RefusalShare } from '../../stores/sink/refusal-share.ts';
import { storeBatch } from '../../stores/sink/store-batch.ts';
import { openSqliteWriter, type SqliteStoreWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import { newStorePath, removeNewStore, replaceStore } from '../../stores/sqlite/replace-store.ts';
import type { SinkAccount } from '../../stores/store.ts';
import { sinkName } from './config.ts';

export interface RebuildParts {
  /**
   * Open for writing. The embedded one holds the folder's lock, so that no `up` runs meanwhile (opening it rejects
   * with `DATA_DIR_IN_USE` while one does). On Kafka the caller sees to it that no sqlite-sink runs on the folder.
   */
  readonly log: EventLog;
  readonly folder: string;
  /** As the sink has them. Null: for ever. */
  readonly historyMs: number | null;
  readonly deadLettersMs: number | null;
  /** Mapped tables, made anew with the rest. */
  readonly mapped?: readonly TablePlan[];
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

/** The newest of each partition. */
type EnricherEntries = ReadonlyMap<string, EnricherEntry>;

const topics = [enrichedTopic, deadLettersTopic, deadLetterMarksTopic];

/**
 * Makes the store anew from the log, from its start to its end, beside the old one, and then puts it in its place.
 * Until then the old one stays as it is, and so it does when this rejects. The ledger stays even: what the log holds
 * no longer is counted as expired at this sink.
 */
export async function rebuildStore(parts: RebuildParts): Promise<RebuildReport> {
  const { log, folder, historyMs, deadLettersMs, mapped = [], now } = parts;
  removeNewStore(folder);
  const file = newStorePath(folder);
  const writer = await openSqliteWriter({
    folder,
    file,
    historyMs,
    deadLettersMs,
    mapped,
    logId: log.id,
    now,
  });
  let report: RebuildReport;
  try {
    const { records, enricher } = await storeLog(parts, writer);
    const gone = goneReadings(passedOnBySource(enricher), await writer.account());
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

/**
 * Gives the number of records stored, dead letters among them, and what the ledger says at just that place of the log:
 * on Kafka the enricher goes on meanwhile.
 */
async function storeLog(
  parts: RebuildParts,
  writer: SqliteStoreWriter,
): Promise<{ records: number; enricher: EnricherEntries }> {
  const { log, now, events, onProgress } = parts;
  const ranges = await log.ranges(topics);
  const totalRecords = ranges.reduce((sum, range) => sum + range.endOffset - range.startOffset, 0);
  const share = new RefusalShare();
  const onRefused = (refusals: readonly unknown[], { topic, partition }: RecordBatch) =>
    events.error('rebuild.records-refused', {
      message: `The store refused ${refusals.length} records of ${topic}/${partition}; they are dead letters.`,
    });
  let records = 0;
  const enricher = new Map<string, EnricherEntry>();
  const options = { from: 'earliest', wholeCommits: true } as const;
  for await (const cut of log.tail([...topics, ledgerTopic], options)) {
    for (const batch of joinBatches(cut.batches)) {
      if (batch.topic === ledgerTopic) {
        takeEntries(enricher, batch.records);
        continue;
      }
      await storeBatch({ sinkName, writer, log, share, now, onRefused }, batch);
      records += batch.records.length;
      onProgress?.({ records, totalRecords: Math.max(totalRecords, records) });
    }
    if (cut.atEnd) break;
  }
  return { records, enricher };
}

function takeEntries(enricher: Map<string, EnricherEntry>, records: readonly LogRecord[]): void {
  for (const { key, value } of records)
    if (value !== null && key.startsWith(enricherKeyPrefix))
      enricher.set(key, parseLedgerEntry<EnricherEntry>(value));
}

/** What the enricher put into the log, by source. */
function passedOnBySource(enricher: EnricherEntries): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { sources } of enricher.values())
    for (const [source, { passedOn, derived }] of Object.entries(sources))
      sums.set(source, (sums.get(source) ?? 0) + passedOn + derived);
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
