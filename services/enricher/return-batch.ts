import type { Arrival } from './decode-records.ts';
import type { EnrichedBatch, PassedOn, SetAside } from './enrich-batch.ts';
import { SourceCounts } from './source-counts.ts';

/**
 * Readings that went through the steps once, and that a sink set aside: somebody sends them again, and they are passed on
 * as they are. Counted as accepted and passed on once more, since each sink counts them once more. Pure.
 */
export function returnBatch(arrivals: readonly Arrival[]): EnrichedBatch {
  const passedOn: PassedOn[] = [];
  const setAside: SetAside[] = [];
  const counts = new SourceCounts();
  for (const { record, decoded } of arrivals) {
    const isReading = decoded.kind === 'ok' && record.value !== null;
    const source = isReading ? decoded.reading.source : 'unknown';
    const count = counts.of(source);
    count.read++;
    if (isReading) {
      count.passedOn++;
      passedOn.push({ record, value: record.value });
    } else if (decoded.kind === 'deadLetter') {
      // Only another program can have written it.
      count.deadLettered++;
      setAside.push({ record, reading: undefined, source, outcome: decoded });
    }
  }
  return { passedOn, setAside, counts, filteredByRule: new Map(), unjoinedByRegister: new Map() };
}
