import type { IngressCounts } from './ingress-tally.ts';

/**
 * The values of `ledger.v1` (compacted, JSON). Keys: `enricher/<partition>`, `ingress/<instance>`,
 * `sink/<sink>/<partition>` and, in a log that is a copy of an embedded one, `gone`. All counts are cumulative: the newest entry of a key says everything that it has counted.
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

/** What a sink did with the readings of one source. */
export interface SinkCounts {
  readonly stored: number;
  /** Older than history keeps when they came. */
  readonly expired: number;
  readonly deadLettered: number;
}

/**
 * Key `sink/<sink>/<partition>`, of a sink whose store has no transactions (InfluxDB); emitted in the commit of its
 * input offset. The others keep their account in their database, with the rows.
 */
export interface SinkEntry {
  /** Of the enriched partition: the next offset to read. What lies before it is in the counts. */
  readonly offset: number;
  readonly sources: Readonly<Record<string, SinkCounts>>;
}

/** Key `gone`: what the enricher had passed on and the enriched topic held no longer when the log was copied. */
export interface GoneEntry {
  readonly sources: Readonly<Record<string, number>>;
  /** Sinks whose accounts came along, and have them counted as what became of them. */
  readonly countedBy: readonly string[];
}

export const goneKey = 'gone';
export const enricherKeyPrefix = 'enricher/';
export const ingressKeyPrefix = 'ingress/';

export function enricherKey(partition: number): string {
  return `${enricherKeyPrefix}${partition}`;
}

export function sinkKey(sink: string, partition: number): string {
  return `sink/${sink}/${partition}`;
}

/** Undefined for the key of another kind of entry. */
export function parseSinkKey(key: string): { sink: string; partition: number } | undefined {
  const [, sink, partition] = /^sink\/([^/]+)\/(\d+)$/.exec(key) ?? [];
  return sink === undefined ? undefined : { sink, partition: Number(partition) };
}

/** Bytes that this program wrote; throws a SyntaxError on any others. */
export function parseLedgerEntry<
  Entry extends EnricherEntry | IngressCounts | SinkEntry | GoneEntry,
>(value: Buffer): Entry {
  return JSON.parse(value.toString('utf8')) as Entry;
}
