import {
  type EnricherEntry,
  enricherKeyPrefix,
  type GoneEntry,
  goneKey,
  parseLedgerEntry,
} from '../ledger/ledger-entries.ts';
import type { CommitEntry } from '../log/kafka/commits-table.ts';
import type { CopyRecord, CopyWrite } from '../log/kafka/copy/copy-target.ts';
import type { GroupOffset } from '../log/sqlite/protocol.ts';
import { enrichedTopic, ledgerTopic } from '../topics.ts';
import type { CopyBook } from './copy-book.ts';
import type { CopyLogParts, NewOffset } from './copy-log.ts';
import { doneKey } from './copy-progress.ts';
import type { CopyPlan } from './plan-copy.ts';

export interface Finish {
  readonly plan: CopyPlan;
  readonly book: CopyBook;
  readonly newOffset: NewOffset;
  /** Copied in this run. */
  readonly records: number;
  /** Sinks whose accounts came along. */
  readonly countedBy: readonly string[];
}

/**
 * The last transaction: where groups stand at the target, what of the ledger's counts the records don't show, and
 * that the copy is done. Before it nobody can go on from the target, after it everybody does.
 */
export async function finishCopy(parts: CopyLogParts, finish: Finish): Promise<void> {
  const { source, target, nowMs } = parts;
  const { book, newOffset, records } = finish;
  const groups = Map.groupBy(source.offsets(), ({ group }) => group);
  for (const [group, offsets] of groups)
    await target.setOffsets(
      group,
      offsets.map(({ topic, partition, nextOffset }) => ({
        topic: target.names.onCluster(topic),
        partition,
        offset: newOffset(topic, partition, nextOffset),
      })),
    );
  const place = { topic: target.names.commits, partition: 0 };
  const gone: CopyWrite = {
    topic: target.names.onCluster(ledgerTopic),
    partition: 0,
    records: [jsonRecord(goneKey, goneEntry(finish), nowMs())],
  };
  await target.commit([gone], [place, book.place], ([goneOffset = 0]) => [
    { ...place, records: commitRecords(parts, finish, goneOffset + 1) },
    book.write(doneKey, { logId: source.logId, records }, nowMs()),
  ]);
}

/** Positions of the groups that keep them with their state, and the ends of everything that was copied. */
function commitRecords(
  { source, target, nowMs }: CopyLogParts,
  { plan, book, newOffset }: Finish,
  ledgerEnd: number,
): CopyRecord[] {
  const ends: Record<string, Record<number, number>> = {};
  for (const { topic, partition, startOffset } of plan.partitions) {
    const ofTopic = ends[topic] ?? {};
    ofTopic[partition] = book.partition(topic, partition, startOffset).target;
    ends[topic] = ofTopic;
  }
  ends[ledgerTopic] = { 0: ledgerEnd };
  const { producerId } = target;
  const entry = (input: Record<string, number>): CommitEntry => ({ input, ends, producerId });
  const stateful = new Set(source.spaces().map(({ group }) => group));
  const positions = source.offsets().filter(({ group }) => stateful.has(group));
  const byPartition = Map.groupBy(positions, ({ group, partition }) => `${group}/${partition}`);
  // Its own entry stays when the groups' are replaced by those of their next commits.
  const records = [jsonRecord('copy-log/0', entry({}), nowMs())];
  for (const [key, offsets] of byPartition)
    records.push(jsonRecord(key, entry(inputOf(offsets, newOffset)), nowMs()));
  return records;
}

function inputOf(offsets: readonly GroupOffset[], newOffset: NewOffset): Record<string, number> {
  return Object.fromEntries(
    offsets.map(({ topic, partition, nextOffset }) => [
      topic,
      newOffset(topic, partition, nextOffset),
    ]),
  );
}

/** What was passed on and is in no record any more: retention took it. */
function goneEntry({ plan, book, countedBy }: Finish): GoneEntry {
  const gone = new Map<string, number>();
  for (const { topic, records } of plan.partitions) {
    if (topic !== ledgerTopic) continue;
    for (const chunk of records(0))
      for (const { key, value } of chunk) {
        if (value === null || !key.startsWith(enricherKeyPrefix)) continue;
        const { sources } = parseLedgerEntry<EnricherEntry>(value);
        for (const [source, { passedOn, derived }] of Object.entries(sources))
          gone.set(source, (gone.get(source) ?? 0) + passedOn + derived);
      }
  }
  for (const { topic, partition } of plan.partitions) {
    if (topic !== enrichedTopic) continue;
    const { sources } = book.partition(topic, partition, 0);
    for (const [source, count] of Object.entries(sources))
      gone.set(source, (gone.get(source) ?? 0) - count);
  }
  const sources = Object.fromEntries([...gone].filter(([, readings]) => readings > 0));
  return { sources, countedBy };
}

function jsonRecord(key: string, value: object, timestampMs: number): CopyRecord {
  return { key, value: Buffer.from(JSON.stringify(value)), timestampMs };
}
