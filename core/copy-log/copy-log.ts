import { Backoff } from '../backoff.ts';
import { isMillraceError } from '../errors.ts';
import type { EventLog, LogRecord, Offsets } from '../log/event-log.ts';
import type { CopyRecord, CopyTarget } from '../log/kafka/copy/copy-target.ts';
import type { LogExport } from '../log/sqlite/log-export.ts';
import { pause } from '../pause.ts';
import { ledgerTopic } from '../topics.ts';
import { CopyBook, copyTopicSpec } from './copy-book.ts';
import { type PartitionCopy, piecesOf, progressAfter } from './copy-partition.ts';
import { movedOffset, type PartitionProgress, sourceChanged, sourceKey } from './copy-progress.ts';
import { copyStates } from './copy-states.ts';
import { finishCopy } from './finish-copy.ts';
import { type CopyPlan, type PartitionPlan, planCopy } from './plan-copy.ts';
import { movedLedgerValue } from './position-marks.ts';
import { refuseOtherRecords } from './refuse-other-records.ts';

/** Kafka that is away for a moment, a leader that moves: the copy goes on from its own progress. */
const maxFailures = 10;
const never = new AbortController().signal;

/** Where an offset of the embedded log lies at the target. */
export type NewOffset = (topic: string, partition: number, offset: number) => number;

export interface CopyLogParts {
  readonly source: LogExport;
  /** At Kafka, open for writing. */
  readonly log: EventLog;
  readonly target: CopyTarget;
  /** How many the topics with readings are to have. */
  readonly partitions: number;
  /** What else stands at offsets of the embedded log: the store beside it. */
  readonly store: MovedStore | undefined;
  readonly nowMs: () => number;
  readonly onProgress?: (progress: CopyLogProgress) => void;
}

export interface MovedStore {
  /** The sink whose account it holds. */
  readonly sink: string;
  readonly offsets: Offsets;
  /** Ties it to the copy; gives whether it is. May be called again. */
  move(toLogId: string, newOffset: NewOffset): boolean;
}

export interface CopyLogProgress {
  /** Of the embedded log's, by offsets. */
  readonly records: number;
  readonly totalRecords: number;
}

export interface CopyLogReport {
  readonly records: number;
  readonly stateEntries: number;
  /** It was finished by an earlier run. */
  readonly wasDone: boolean;
}

/**
 * Copies an embedded log into Kafka: records with key, value, time and partition, the state of steps, and where
 * everybody stands. What is there already, of a copy that was interrupted, is not copied again; when this resolves
 * services go on from Kafka as they would have from the embedded log.
 * Rejects with `TOPIC_PARTITIONS_DIFFER`, `INPUT_INVALID` for a target that holds anything else, `DATA_DAMAGED`, and
 * `LOG_UNAVAILABLE`, after which another run goes on.
 */
export async function copyLog(parts: CopyLogParts): Promise<CopyLogReport> {
  const { target } = parts;
  const backoff = new Backoff({ firstMs: 100, maxMs: 5000 });
  const copied = { records: 0, stateEntries: 0 };
  for (let failures = 1; ; failures++) {
    try {
      return await copyFromProgress(parts, copied);
    } catch (error) {
      if (!isMillraceError(error) || !error.retryable || failures >= maxFailures) throw error;
    }
    await pause(backoff.nextMs(), never);
    await target.renew();
  }
}

/** Of this run, whatever it comes to. */
interface Copied {
  records: number;
  stateEntries: number;
}

async function copyFromProgress(parts: CopyLogParts, copied: Copied): Promise<CopyLogReport> {
  const { source, log, target, store } = parts;
  const plan = planCopy(source, store?.offsets ?? {}, parts.partitions);
  await log.createTopics([...plan.specs, copyTopicSpec]);
  const book = await CopyBook.read(log, target, source.logId);
  const { done } = book;
  if (done) return { records: done.records, stateEntries: 0, wasDone: true };
  await refuseOtherRecords(log, plan, book);
  await noteSource(parts, book);
  const newOffset: NewOffset = (topic, partition, offset) =>
    movedOffset(book.partition(topic, partition, 0), offset);
  const count = progressCount(parts, copied, plan, book);
  for (const partition of plan.partitions)
    await copyPartition(parts, book, toCopy(partition, newOffset), partition.startOffset, count);
  copied.stateEntries += await copyStates(parts, book, plan.specs);
  const countedBy = store?.move(log.id, newOffset) ? [store.sink] : [];
  await finishCopy(parts, { plan, book, newOffset, countedBy, records: copied.records });
  return { ...copied, wasDone: false };
}

/** State and positions fit the records only as long as nobody goes on with the embedded log between two runs. */
async function noteSource({ source, target, nowMs }: CopyLogParts, book: CopyBook): Promise<void> {
  const { logId, commit } = source;
  if (book.source === undefined) {
    await target.commit([], [book.place], () => [
      book.write(sourceKey, { logId, commit }, nowMs()),
    ]);
  } else if (book.source.commit !== commit) throw sourceChanged();
}

function toCopy(plan: PartitionPlan, newOffset: NewOffset): PartitionCopy {
  const isLedger = plan.topic === ledgerTopic;
  const convert = (record: LogRecord): CopyRecord =>
    isLedger ? { ...record, value: movedLedgerValue(record, newOffset) } : record;
  return { ...plan, convert };
}

async function copyPartition(
  { target, nowMs }: CopyLogParts,
  book: CopyBook,
  copy: PartitionCopy,
  startOffset: number,
  count: ProgressCount,
): Promise<void> {
  const { topic, partition } = copy;
  const key = `${topic}/${partition}`;
  let progress: PartitionProgress = book.partition(topic, partition, startOffset);
  if (progress.next >= copy.endOffset && copy.endOffset > startOffset) return;
  for (const piece of piecesOf(copy, progress.next)) {
    const writes = piece.parts.map((records) => ({
      topic: target.names.onCluster(topic),
      partition,
      records: records.map(copy.convert),
    }));
    let after = progress;
    await target.commit(writes, [book.place], (bases) => {
      after = progressAfter(progress, copy, piece, bases);
      return [book.write(key, after, nowMs())];
    });
    book.note(key, after);
    count.add(piece.parts);
    progress = after;
  }
}

interface ProgressCount {
  add(parts: readonly (readonly unknown[])[]): void;
}

function progressCount(
  { onProgress }: CopyLogParts,
  copied: Copied,
  plan: CopyPlan,
  book: CopyBook,
): ProgressCount {
  let records = 0;
  let totalRecords = 0;
  for (const { topic, partition, startOffset, endOffset } of plan.partitions) {
    totalRecords += endOffset - startOffset;
    records += book.partition(topic, partition, startOffset).next - startOffset;
  }
  onProgress?.({ records, totalRecords });
  return {
    add(parts) {
      for (const part of parts) {
        records += part.length;
        copied.records += part.length;
      }
      onProgress?.({ records, totalRecords });
    },
  };
}
