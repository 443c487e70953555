import { isMillraceError } from '../errors.ts';
import type { LogReader, Offsets } from '../log/event-log.ts';
import type { LogExport } from '../log/sqlite/log-export.ts';
import { copyTopic, doneKey, type PartitionProgress } from './copy-progress.ts';
import { planCopy } from './plan-copy.ts';

/** What a copy would do, and how far an earlier one came. */
export interface CopyOutlook {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: number;
    /** At most: what retention and compaction have left has gaps. */
    readonly records: number;
    readonly bytes: number;
    /** Of them at the target already. */
    readonly copied: number;
  }[];
  readonly stateEntries: number;
  readonly isDone: boolean;
}

export interface InspectParts {
  readonly source: LogExport;
  /** Undefined: there is none at the target yet. */
  readonly log: LogReader | undefined;
  readonly partitions: number;
  readonly storeOffsets: Offsets;
}

/** Looks, and changes nothing. Rejects with `TOPIC_PARTITIONS_DIFFER` as the copy itself would. */
export async function inspectCopy(parts: InspectParts): Promise<CopyOutlook> {
  const { source, log, storeOffsets } = parts;
  const plan = planCopy(source, storeOffsets, parts.partitions);
  const progress = log ? await progressAt(log) : new Map<string, unknown>();
  const topics = plan.specs.map(({ name, partitions }) => {
    const own = plan.partitions.filter(({ topic }) => topic === name);
    const sum = (count: (partition: (typeof own)[number]) => number) =>
      own.reduce((total, partition) => total + count(partition), 0);
    return {
      topic: name,
      partitions,
      records: sum(({ startOffset, endOffset }) => endOffset - startOffset),
      bytes: sum(({ bytes }) => bytes),
      copied: sum(({ partition, startOffset }) => {
        const known = progress.get(`${name}/${partition}`) as PartitionProgress | undefined;
        return known ? known.next - startOffset : 0;
      }),
    };
  });
  const stateEntries = source.spaces().reduce((total, { entries }) => total + entries, 0);
  return { topics, stateEntries, isDone: progress.has(doneKey) };
}

async function progressAt(log: LogReader): Promise<ReadonlyMap<string, unknown>> {
  try {
    const table = await log.table(copyTopic);
    const progress = new Map<string, unknown>();
    for (const [key, { value }] of table.entries())
      if (value !== null) progress.set(key, JSON.parse(value.toString('utf8')));
    table.close();
    return progress;
  } catch (error) {
    if (isMillraceError(error, 'TOPIC_UNKNOWN')) return new Map();
    throw error;
  }
}
