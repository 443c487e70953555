import { readingCodec } from '../../core/codec.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import type { NewRecord, RecordBatch } from '../../core/log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../../core/make-dead-letter.ts';
import type { Refusal } from '../store.ts';

/** The dead letters of records that the store of this sink refused. `now`: microseconds. */
export function refusedDeadLetters(
  batch: RecordBatch,
  refusals: readonly Refusal[],
  { sinkName, now }: { sinkName: string; now: number },
): readonly NewRecord[] {
  return refusals.flatMap(({ index, detail }) => {
    const record = batch.records[index];
    if (record === undefined) return [];
    const letter = makeDeadLetter({
      source: sourceOf(record.value),
      stage: sinkName,
      reason: 'store-refused',
      detail: `The store should take every reading; it refused this one: ${detail}`,
      contentType: 'avro/binary',
      bytes: record.value ?? Buffer.alloc(0),
      eventId: eventIdOf(record.value),
      receivedAt: record.timestampMs * 1000,
      deadAt: now,
    });
    return [deadLetterRecord(letter)];
  });
}

/** Null when the record can't be read, which may be why it was refused. */
function eventIdOf(value: Buffer | null): string | null {
  if (value === null) return null;
  try {
    return readingCodec.decode(value).eventId;
  } catch {
    return null;
  }
}
