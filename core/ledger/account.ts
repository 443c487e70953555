import type { IngressCounts } from './ingress-tally.ts';
import type { EnricherEntry } from './ledger-entries.ts';

/** `GET /api/v1/ledger`. Counts are readings. */
export interface Ledger {
  /** Packets at our own broker that no source matches. */
  readonly unmatched: number;
  readonly sources: Readonly<Record<string, LedgerSource>>;
}

export interface LedgerSource {
  /** What ingress put durably into the log, repeats included, and what it set aside. */
  readonly accepted: number;
  readonly deduplicated: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly passedOn: number;
  readonly derived: number;
  /** Accepted and not enriched yet; counted from the records. */
  readonly inFlight: number;
  /** `accepted - deduplicated - filtered - deadLettered - passedOn - inFlight`; 0, or something is wrong. */
  readonly difference: number;
  readonly sinks: Readonly<Record<string, LedgerSinkCounts>>;
}

export interface LedgerSinkCounts {
  readonly stored: number;
  readonly expired: number;
  readonly deadLettered: number;
  /** Passed on and not stored yet; counted from the records. */
  readonly inFlight: number;
  /** `passedOn + derived - stored - expired - deadLettered - inFlight`. */
  readonly difference: number;
}

export type CountBySource = ReadonlyMap<string, number>;

/** Everything that the ledger is drawn up from, of one moment. */
export interface LedgerParts {
  /** One for each partition that the enricher has read from. */
  readonly enricher: readonly EnricherEntry[];
  /** One for each start of an ingress. */
  readonly ingress: readonly IngressCounts[];
  readonly ingressDeadLetters: Readonly<Record<string, number>>;
  readonly rawInFlight: CountBySource;
  readonly sinks: readonly {
    readonly name: string;
    readonly sources: Readonly<
      Record<
        string,
        { readonly stored: number; readonly expired: number; readonly deadLettered: number }
      >
    >;
    readonly inFlight: CountBySource;
  }[];
  /** Shown even when nothing came from them. */
  readonly sourceNames: readonly string[];
}

/** The account of each source. Pure. */
export function drawUpLedger(parts: LedgerParts): Ledger {
  const names = new Set<string>(parts.sourceNames);
  for (const entry of parts.enricher)
    for (const name of Object.keys(entry.sources)) names.add(name);
  for (const entry of parts.ingress)
    for (const name of Object.keys(entry.filtered)) names.add(name);
  for (const name of Object.keys(parts.ingressDeadLetters)) names.add(name);
  for (const name of parts.rawInFlight.keys()) names.add(name);
  for (const sink of parts.sinks) {
    for (const name of Object.keys(sink.sources)) names.add(name);
    for (const name of sink.inFlight.keys()) names.add(name);
  }
  return {
    unmatched: parts.ingress.reduce((sum, entry) => sum + entry.unmatched, 0),
    sources: Object.fromEntries(
      [...names].sort().map((name) => [name, sourceAccount(name, parts)]),
    ),
  };
}

function sourceAccount(name: string, parts: LedgerParts): LedgerSource {
  const sum = { read: 0, deduplicated: 0, filtered: 0, deadLettered: 0, passedOn: 0, derived: 0 };
  for (const { sources } of parts.enricher) {
    const counts = own(sources, name);
    if (counts === undefined) continue;
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += counts[key];
  }
  const filteredAtIngress = parts.ingress.reduce(
    (total, entry) => total + (own(entry.filtered, name) ?? 0),
    0,
  );
  const deadAtIngress = own(parts.ingressDeadLetters, name) ?? 0;
  const inFlight = parts.rawInFlight.get(name) ?? 0;
  const accepted = sum.read + inFlight + filteredAtIngress + deadAtIngress;
  const filtered = sum.filtered + filteredAtIngress;
  const deadLettered = sum.deadLettered + deadAtIngress;
  const { deduplicated, passedOn, derived } = sum;
  return {
    accepted,
    deduplicated,
    filtered,
    deadLettered,
    passedOn,
    derived,
    inFlight,
    difference: accepted - deduplicated - filtered - deadLettered - passedOn - inFlight,
    sinks: Object.fromEntries(
      parts.sinks.map((sink) => [sink.name, sinkAccount(name, passedOn + derived, sink)]),
    ),
  };
}

function sinkAccount(
  source: string,
  expected: number,
  sink: LedgerParts['sinks'][number],
): LedgerSinkCounts {
  const { stored, expired, deadLettered } = own(sink.sources, source) ?? {
    stored: 0,
    expired: 0,
    deadLettered: 0,
  };
  const inFlight = sink.inFlight.get(source) ?? 0;
  return {
    stored,
    expired,
    deadLettered,
    inFlight,
    difference: expected - stored - expired - deadLettered - inFlight,
  };
}

/** A source may be called `constructor`. */
function own<T>(counts: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(counts, name) ? counts[name] : undefined;
}

export function isEven(ledger: Ledger): boolean {
  return Object.values(ledger.sources).every(
    (source) =>
      source.difference === 0 && Object.values(source.sinks).every((sink) => sink.difference === 0),
  );
}
