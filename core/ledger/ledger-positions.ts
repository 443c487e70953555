import type { LogRecord, LogTable } from '../log/event-log.ts';
import type { IngressCounts } from './ingress-tally.ts';
import {
  type EnricherEntry,
  enricherKeyPrefix,
  ingressKeyPrefix,
  parseLedgerEntry,
} from './ledger-entries.ts';

/** What `ledger.v1` says up to an offset. */
export interface LedgerPositions {
  readonly enricher: Map<number, EnricherEntry>;
  readonly ingress: Map<string, IngressCounts>;
  /** The next offset of `ledger.v1`. */
  nextOffset: number;
}

/** From the table, as far as it has come: its newest record tells how far. */
export function positionsOf(table: LogTable): LedgerPositions {
  const positions: LedgerPositions = { enricher: new Map(), ingress: new Map(), nextOffset: 0 };
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
  }
}
