import { readingCodec } from '../../core/codec.ts';
import type { LogRecord } from '../../core/log/event-log.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { entityKey, type Reading } from '../../core/reading.ts';

/** A record of the raw topic and what it says. */
export interface Arrival {
  readonly record: LogRecord;
  readonly decoded: { readonly kind: 'ok'; readonly reading: Reading } | DeadLetterOutcome;
}

/** Never throws: a record that is no reading is a dead letter of its own. */
export function decodeRecords(records: readonly LogRecord[]): readonly Arrival[] {
  return records.map((record) => ({ record, decoded: decodeRecord(record) }));
}

function decodeRecord({ key, value }: LogRecord): Arrival['decoded'] {
  if (value === null) return undecodable('A record of readings should have a value; it has none.');
  let reading: Reading;
  try {
    reading = readingCodec.decode(value);
  } catch (error) {
    return undecodable(error instanceof Error ? error.message : String(error));
  }
  // Partition, dedupe and seq go by the key: under another entity's key a reading would escape them.
  if (key !== entityKey(reading)) {
    return {
      kind: 'deadLetter',
      reason: 'entity-invalid',
      detail: `The record's key should be ${JSON.stringify(entityKey(reading).slice(0, 200))}; it is ${JSON.stringify(key.slice(0, 200))}.`,
      place: 'key',
    };
  }
  return { kind: 'ok', reading };
}

function undecodable(detail: string): DeadLetterOutcome {
  return { kind: 'deadLetter', reason: 'record-undecodable', detail };
}
