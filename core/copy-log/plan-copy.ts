import { MillraceError } from '../errors.ts';
import type { LogRecord, Offsets, TopicSpec } from '../log/event-log.ts';
import type { LogExport } from '../log/sqlite/log-export.ts';
import type { PartitionRow } from '../log/sqlite/protocol.ts';
import { deadLettersTopic, enrichedTopic, ledgerTopic, rawTopic } from '../topics.ts';
import { ledgerPosition, PositionMarks } from './position-marks.ts';

/** One partition of the embedded log, as it is to be copied. */
export interface PartitionPlan {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  /** One past the last record. */
  readonly endOffset: number;
  /** Of the embedded log, before anything is left out. */
  readonly bytes: number;
  /** From an offset on. Of a compacted topic the newest of each key, without tombstones: all that it promises. */
  readonly records: (fromOffset: number) => Iterable<readonly LogRecord[]>;
  /** Offsets that somebody stands at. Rising. */
  readonly marks: readonly number[];
  readonly countsSources: boolean;
}

export interface CopyPlan {
  readonly specs: readonly TopicSpec[];
  /** Topics with readings first: entries of the ledger name offsets of theirs. */
  readonly partitions: readonly PartitionPlan[];
}

/**
 * What is to be copied. `partitions`: how many the topics with readings are to have.
 * Throws `TOPIC_PARTITIONS_DIFFER` when the embedded log has another number, `DATA_DAMAGED`.
 */
export function planCopy(source: LogExport, storeOffsets: Offsets, partitions: number): CopyPlan {
  const specs = source.topics.map(({ spec }) => spec);
  refuseOtherPartitions(specs, partitions);
  const flowing = source.topics.filter(({ spec }) => spec.cleanup === 'delete');
  const compacted = source.topics.filter(({ spec }) => spec.cleanup === 'compact');
  const newest = new Map<PartitionRow, ReadonlyMap<string, LogRecord>>();
  const marks = new PositionMarks();
  marks.addAll(storeOffsets);
  for (const { topic, partition, nextOffset } of source.offsets())
    marks.add(topic, partition, nextOffset);
  for (const { spec, partitions: rows } of compacted)
    for (const row of rows) {
      const kept = newestByKey(source.records(row, 0));
      newest.set(row, kept);
      if (spec.name === ledgerTopic) markEntries(marks, kept);
    }
  const planned = [...flowing, ...compacted].flatMap(({ spec, partitions: rows }) =>
    rows.map((row): PartitionPlan => {
      const kept = newest.get(row);
      return {
        topic: spec.name,
        partition: row.partition,
        startOffset: row.startOffset,
        endOffset: row.endOffset,
        bytes: source.bytesOf(row),
        records: kept
          ? (from) => [inOrder(kept).filter(({ offset }) => offset >= from)]
          : (from) => source.records(row, from),
        marks: marks.of(spec.name, row.partition),
        countsSources: spec.name === enrichedTopic,
      };
    }),
  );
  return { specs, partitions: planned };
}

/** The others have a number of their own, the same on both logs. */
const withReadings: readonly string[] = [rawTopic, enrichedTopic, deadLettersTopic];

function refuseOtherPartitions(specs: readonly TopicSpec[], partitions: number): void {
  const other = specs.find(
    (spec) => withReadings.includes(spec.name) && spec.partitions !== partitions,
  );
  if (other === undefined) return;
  throw new MillraceError(
    'TOPIC_PARTITIONS_DIFFER',
    `The embedded log has ${other.partitions} partitions of ${other.name}, and MILLRACE_KAFKA_PARTITIONS says ${partitions}. ` +
      `State and order belong to a partition, so a copy has as many: set MILLRACE_KAFKA_PARTITIONS=${other.partitions}.`,
  );
}

/** Such topics are held in memory whole by whoever reads them. */
function newestByKey(chunks: Iterable<readonly LogRecord[]>): ReadonlyMap<string, LogRecord> {
  const newest = new Map<string, LogRecord>();
  for (const chunk of chunks)
    for (const record of chunk) {
      if (record.value === null) newest.delete(record.key);
      else newest.set(record.key, record);
    }
  return newest;
}

function inOrder(newest: ReadonlyMap<string, LogRecord>): LogRecord[] {
  return [...newest.values()].sort((a, b) => a.offset - b.offset);
}

/** The counts of an entry belong to an offset of another topic. */
function markEntries(marks: PositionMarks, ledger: ReadonlyMap<string, LogRecord>): void {
  for (const record of ledger.values()) {
    const position = ledgerPosition(record);
    if (position) marks.add(position.topic, position.partition, position.entry.offset);
  }
}
