import type { Events } from '../../core/events.ts';
import {
  type EnricherEntry,
  enricherKeyPrefix,
  parseLedgerEntry,
} from '../../core/ledger/ledger-entries.ts';
import type { EventLog, RecordBatch } from '../../core/log/event-log.ts';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import {
  deadLetterMarksTopic,
  deadLettersTopic,
  enrichedTopic,
  ledgerTopic,
} from '../../core/topics.ts';
import {
  type PostgresStoreWriter,
  replacePostgresStore,
} from '../../stores/postgres/open-postgres-store.ts';
import { joinBatches } from '../../stores/sink/join-batches.ts';
import { RefusalShare } from '../../stores/sink/refusal-share.ts';
import { storeBatch } from '../../stores/sink/store-batch.ts';
import type { SinkAccount } from '../../stores/store.ts';
import { sinkName } from './config.ts';

export interface RebuildPostgresParts {
  readonly log: EventLog;
  readonly url: string;
  /** As the sink has them. Null: for ever. */
  readonly historyMs: number | null;
  readonly deadLettersMs: number | null;
  /** Mapped tables, made anew with the rest. */
  readonly mapped?: readonly TablePlan[];
  /** Microseconds. */
  readonly now: () => number;
  readonly events: Events;
  readonly onProgress?: (progress: { records: number; totalRecords: number }) => void;
}

export interface RebuildPostgresReport {
  readonly records: number;
  /** Of the new store; `expired` includes `gone`. */
  readonly sources: SinkAccount['sources'];
  /** Readings by source that were passed on once and that the log holds no longer. */
  readonly gone: Readonly<Record<string, number>>;
}

const topics = [enrichedTopic, deadLettersTopic, deadLetterMarksTopic];

/**
 * Makes the store anew from the log, from its start to the end that it has now, beside the one that serves, and then puts
 * it in its place. Sinks may run meanwhile: they go on from where the new one stands. The ledger stays even: what the log
 * holds no longer is counted as expired at this sink. Called by `millrace rebuild`.
 */
export async function rebuildPostgres(parts: RebuildPostgresParts): Promise<RebuildPostgresReport> {
  const { log, url, historyMs, deadLettersMs, mapped = [], now } = parts;
  let report: RebuildPostgresReport | undefined;
  const options = { url, historyMs, deadLettersMs, mapped, logId: log.id, now };
  await replacePostgresStore(options, async (writer, countExpired) => {
    const { records, passedOn } = await storeLog(parts, writer);
    const gone = goneReadings(passedOn, await writer.account());
    await countExpired(gone);
    report = { records, gone, sources: (await writer.account()).sources };
  });
  return report ?? { records: 0, gone: {}, sources: {} };
}

/** Readings that the enricher has passed on or made, by source. */
type PassedOn = ReadonlyMap<string, number>;

/**
 * Stores the log up to its end. The ledger is read along, in whole commits, so that it tells of exactly the readings that
 * lie before that end.
 */
async function storeLog(
  parts: RebuildPostgresParts,
  writer: PostgresStoreWriter,
): Promise<{ records: number; passedOn: PassedOn }> {
  const { log, now, events, onProgress } = parts;
  const ranges = await log.ranges(topics);
  const totalRecords = ranges.reduce((sum, range) => sum + range.endOffset - range.startOffset, 0);
  const share = new RefusalShare();
  const entries = new Map<string, EnricherEntry>();
  const onRefused = (refusals: readonly unknown[], { topic, partition }: RecordBatch) =>
    events.error('rebuild.records-refused', {
      message: `The store refused ${refusals.length} records of ${topic}/${partition}; they are dead letters.`,
    });
  let records = 0;
  const tail = log.tail([...topics, ledgerTopic], { from: 'earliest', wholeCommits: true });
  for await (const cut of tail) {
    for (const batch of joinBatches(cut.batches)) {
      if (batch.topic === ledgerTopic) {
        takeEntries(entries, batch);
        continue;
      }
      await storeBatch({ sinkName, writer, log, share, now, onRefused }, batch);
      records += batch.records.length;
      onProgress?.({ records, totalRecords: Math.max(totalRecords, records) });
    }
    if (cut.atEnd) break;
  }
  return { records, passedOn: passedOnBySource(entries.values()) };
}

function takeEntries(entries: Map<string, EnricherEntry>, { records }: RecordBatch): void {
  for (const { key, value } of records)
    if (value !== null && key.startsWith(enricherKeyPrefix))
      entries.set(key, parseLedgerEntry<EnricherEntry>(value));
}

function passedOnBySource(entries: Iterable<EnricherEntry>): PassedOn {
  const sums = new Map<string, number>();
  for (const { sources } of entries)
    for (const [source, { passedOn, derived }] of Object.entries(sources))
      sums.set(source, (sums.get(source) ?? 0) + passedOn + derived);
  return sums;
}

function goneReadings(passedOn: PassedOn, { sources }: SinkAccount): Record<string, number> {
  const gone: Record<string, number> = {};
  for (const [source, expected] of passedOn) {
    const { stored = 0, expired = 0, deadLettered = 0 } = sources[source] ?? {};
    const missing = expected - stored - expired - deadLettered;
    if (missing > 0) gone[source] = missing;
  }
  return gone;
}
