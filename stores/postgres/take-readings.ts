import { readingCodec } from '../../core/codec.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import type { LogRecord, RecordBatch } from '../../core/log/event-log.ts';
import type { Reading } from '../../core/reading.ts';
import type { Refusal } from '../store.ts';
import type { TableSet } from '../tables/table-set.ts';
import type { Tally } from '../tally.ts';
import { isRefusal, RecordRefused } from './postgres-failure.ts';

/** Past it, known sources are forgotten; a pipeline has a handful. */
const maxKnownSources = 10_000;
const knownSources = new Set<string>();
/** A GIN index takes keys of some 2,700 bytes at most, and refuses a longer one by an error that names no record. */
const maxZoneCharacters = 600;

export interface WriteRequest {
  readonly batch: RecordBatch;
  /** Indexes that the caller has made dead letters of. */
  readonly setAside: ReadonlySet<number>;
  /** Microseconds; readings observed before it are expired. */
  readonly expiredBefore: number;
}

export interface TakenReading {
  /** In its batch. */
  readonly index: number;
  readonly reading: Reading;
}

/**
 * The readings of a batch from offset `next` on that are to be merged, and the records that can't become rows for what
 * they hold. What becomes of each goes into the tally.
 */
export function takeReadings(
  { batch, setAside, expiredBefore }: WriteRequest,
  next: number,
  { tally, tables }: { readonly tally: Tally; readonly tables: TableSet },
): { readings: TakenReading[]; refusals: Refusal[] } {
  const readings: TakenReading[] = [];
  const refusals: Refusal[] = [];
  for (const [index, record] of batch.records.entries()) {
    if (record.offset < next) continue;
    if (setAside.has(index)) {
      tally.deadLettered(sourceOf(record.value));
      continue;
    }
    try {
      const reading = decodeReading(record);
      if (reading.observedAt < expiredBefore) tally.expired(reading.source);
      else {
        tables.check(reading);
        readings.push({ index, reading });
        tally.stored(reading.source, 0);
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusals.push({ index, detail: error.message });
    }
  }
  return { readings, refusals };
}

/** Throws what {@link isRefusal} knows. */
function decodeReading({ value }: LogRecord): Reading {
  const reading = readingCodec.decode(value ?? Buffer.alloc(0));
  if (!knownSources.has(reading.source)) checkSource(reading.source, value);
  for (const zone of reading.zones) if (zone.length > maxZoneCharacters) refuseZone(zone);
  return reading;
}

/** Counts are kept by source: it must be a name there too. */
function checkSource(source: string, value: Buffer | null): void {
  if (sourceOf(value) !== source)
    throw new RecordRefused(
      'its source should be a name of 1 to 256 bytes without control characters',
    );
  if (knownSources.size >= maxKnownSources) knownSources.clear();
  knownSources.add(source);
}

function refuseZone(zone: string): never {
  throw new RecordRefused(
    `a zone's name should have ${maxZoneCharacters} characters at most; it has ${zone.length}`,
  );
}
