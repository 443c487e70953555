import { sourceOf } from '../ledger/source-of.ts';
import type { LogRecord } from '../log/event-log.ts';
import { bytesOf, type CopyRecord, maxWriteBytes } from '../log/kafka/copy/copy-target.ts';
import type { PartitionProgress } from './copy-progress.ts';

/** In one transaction: what is lost when a copy is killed, and what memory holds. */
const maxTransactionBytes = 4 * 1024 * 1024;

export interface PartitionCopy {
  readonly topic: string;
  readonly partition: number;
  /** One past the last record of the embedded partition. */
  readonly endOffset: number;
  /** From an offset on. */
  readonly records: (fromOffset: number) => Iterable<readonly LogRecord[]>;
  /** Rising; see `PositionMarks`. */
  readonly marks: readonly number[];
  /** What the target gets of a record. */
  readonly convert: (record: LogRecord) => CopyRecord;
  /** Readings by source are counted. */
  readonly countsSources: boolean;
}

/** Some records of a partition that go into one transaction, each part a write. */
export interface CopyPiece {
  readonly parts: readonly (readonly LogRecord[])[];
  /** Of the embedded log: what comes after. */
  readonly next: number;
}

/** What is still to be copied, in pieces. The last piece ends at the partition's end, and may hold nothing. */
export function* piecesOf(copy: PartitionCopy, from: number): Generator<CopyPiece> {
  let parts: LogRecord[][] = [];
  let part: LogRecord[] = [];
  let partBytes = 0;
  let bytes = 0;
  for (const chunk of copy.records(from)) {
    for (const record of chunk) {
      const size = bytesOf(copy.convert(record));
      if (partBytes + size > maxWriteBytes && part.length > 0) {
        parts.push(part);
        part = [];
        partBytes = 0;
      }
      if (bytes + size > maxTransactionBytes && parts.length > 0) {
        if (part.length > 0) parts.push(part);
        yield { parts, next: record.offset };
        parts = [];
        part = [];
        partBytes = 0;
        bytes = 0;
      }
      part.push(record);
      partBytes += size;
      bytes += size;
    }
  }
  if (part.length > 0) parts.push(part);
  yield { parts, next: copy.endOffset };
}

/** The progress after a piece, whose parts begin at these offsets of the target. */
export function progressAfter(
  before: PartitionProgress,
  copy: PartitionCopy,
  { parts, next }: CopyPiece,
  bases: readonly number[],
): PartitionProgress {
  const marks: Record<string, number> = { ...before.marks };
  // A source may be called `constructor`.
  const sources: Record<string, number> = Object.assign(Object.create(null), before.sources);
  const open = copy.marks.filter((mark) => marks[mark] === undefined);
  let target = before.target;
  for (const [index, part] of parts.entries()) {
    const base = bases[index] ?? 0;
    for (const [at, { offset, value }] of part.entries()) {
      for (; open[0] !== undefined && open[0] <= offset; open.shift()) marks[open[0]] = base + at;
      if (copy.countsSources) {
        const source = sourceOf(value);
        sources[source] = (sources[source] ?? 0) + 1;
      }
    }
    target = base + part.length;
  }
  // Between the last record and what comes after there may be a gap that somebody stands in.
  for (; open[0] !== undefined && open[0] < next; open.shift()) marks[open[0]] = target;
  return { logId: before.logId, next, target, marks, sources };
}
