import type { LogRecord, LogTable } from '../log/event-log.ts';
import { enrichedTopic } from '../topics.ts';
import type { IngressCounts } from './ingress-tally.ts';
import {
  type EnricherEntry,
  enricherKeyPrefix,
  type GoneEntry,
  goneKey,
  ingressKeyPrefix,
  parseLedgerEntry,
  parseSinkKey,
  type SinkEntry,
} from './ledger-entries.ts';
import { SumOfCounts } from './sum-of-counts.ts';

/** What `ledger.v1` says up to an offset. */
export interface LedgerPositions {
  readonly enricher: Map<number, EnricherEntry>;
  readonly ingress: Map<string, IngressCounts>;
  /** By sink, then partition of the enriched topic. */
  readonly sinks: Map<string, Map<number, SinkEntry>>;
  gone: GoneEntry | undefined;
  /** The next offset of `ledger.v1`. */
  nextOffset: number;
}

/** From the table, as far as it has come: its newest record tells how far. */
export function positionsOf(table: LogTable): LedgerPositions {
  const positions: LedgerPositions = {
    enricher: new Map(),
    ingress: new Map(),
    sinks: new Map(),
    gone: undefined,
    nextOffset: 0,
  };
  for (const [, record] of table.entries()) takeEntry(positions, record);
  return positions;
}

/** Moves the positions on by one record. */
export function takeEntry(positions: LedgerPositions, { key, value, offset }: LogRecord): void {
  positions.nextOffset = Math.max(positions.nextOffset, offset + 1);
  if (value === null) return;
  if (key.startsWith(enricherKeyPrefix)) {
    const partition = Number(key.slice(enricherKeyPrefix.length));
    positions.enricher.set(partition, parseLedgerEntry<EnricherEntry>(value));
  } else if (key.startsWith(ingressKeyPrefix)) {
    positions.ingress.set(key, parseLedgerEntry<IngressCounts>(value));
  } else if (key === goneKey) {
    positions.gone = parseLedgerEntry<GoneEntry>(value);
  } else {
    const of = parseSinkKey(key);
    if (of === undefined) return;
    const partitions = positions.sinks.get(of.sink) ?? new Map<number, SinkEntry>();
    positions.sinks.set(of.sink, partitions.set(of.partition, parseLedgerEntry(value)));
  }
}

/** What a sink says of itself in the topic: offsets of the enriched topic, and counts summed over its partitions. */
export function standingOf(positions: LedgerPositions, sink: string) {
  const offsets: Record<number, number> = {};
  const sum = new SumOfCounts();
  for (const [partition, entry] of positions.sinks.get(sink) ?? []) {
    offsets[partition] = entry.offset;
    sum.add(Object.entries(entry.sources));
  }
  return { offsets: { [enrichedTopic]: offsets }, sources: sum.bySource };
}
