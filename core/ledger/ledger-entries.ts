import type { IngressCounts } from './ingress-tally.ts';

/**
 * The values of `ledger.v1` (compacted, JSON). Keys: `enricher/<partition>` and `ingress/<instance>`.
 * All counts are cumulative: the newest entry of a key says everything that it has counted.
 */

/** What became of the readings of one source. `read` is the sum of the next four. */
export interface EnricherCounts {
  readonly read: number;
  readonly deduplicated: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly passedOn: number;
  /** Made by steps out of readings of this source, beside them. */
  readonly derived: number;
}

/** Key `enricher/<partition>`; emitted in the commit of what it counts. */
export interface EnricherEntry {
  /** Of the raw partition: the next offset to read. What lies before it is in the counts. */
  readonly offset: number;
  readonly sources: Readonly<Record<string, EnricherCounts>>;
}

export const enricherKeyPrefix = 'enricher/';
export const ingressKeyPrefix = 'ingress/';

export function enricherKey(partition: number): string {
  return `${enricherKeyPrefix}${partition}`;
}

/** Bytes that this program wrote; throws a SyntaxError on any others. */
export function parseLedgerEntry<Entry extends EnricherEntry | IngressCounts>(
  value: Buffer,
): Entry {
  return JSON.parse(value.toString('utf8')) as Entry;
}
