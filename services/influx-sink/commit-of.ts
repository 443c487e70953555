import { parseLedgerEntry, type SinkEntry, sinkKey } from '../../core/ledger/ledger-entries.ts';
import { SumOfCounts } from '../../core/ledger/sum-of-counts.ts';
import type { NewRecord, RecordBatch, StepState } from '../../core/log/event-log.ts';
import { ledgerTopic } from '../../core/topics.ts';
import type { WrittenBatch } from '../../stores/influx/influx-writer.ts';
import { refusedDeadLetters } from '../../stores/sink/refused-dead-letters.ts';
import { sinkName } from './config.ts';

/** Entries of other versions are swept away: raise it when their meaning changes. */
export const countsState = { step: 'counts', version: 1 };
export const countsKey = 'counts';

/**
 * What commits with the batch's offset: dead letters of what was refused, and the partition's counts, cumulative, as the
 * ledger's entry. `counts` is loaded, and keeps them. `now`: microseconds.
 */
export function commitOf(
  batch: RecordBatch,
  written: WrittenBatch,
  { counts, now }: { readonly counts: StepState; readonly now: number },
): readonly NewRecord[] {
  const entry: SinkEntry = {
    offset: batch.nextOffset,
    sources: new SumOfCounts()
      .add(Object.entries(countsOf(counts.get(countsKey))))
      .add(written.sources).bySource,
  };
  const value = Buffer.from(JSON.stringify(entry));
  counts.put(countsKey, value);
  return [
    ...refusedDeadLetters(batch, written.refusals, { sinkName, now }),
    {
      topic: ledgerTopic,
      key: sinkKey(sinkName, batch.partition),
      value,
      timestampMs: Math.floor(now / 1000),
    },
  ];
}

function countsOf(value: Buffer | undefined): SinkEntry['sources'] {
  return value === undefined ? {} : parseLedgerEntry<SinkEntry>(value).sources;
}
