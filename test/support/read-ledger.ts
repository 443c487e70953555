interface SinkCounts {
  readonly stored: number;
  readonly expired: number;
  readonly deadLettered: number;
  readonly inFlight: number;
  readonly difference: number;
}

/** One source of `GET /api/v1/ledger`. */
export interface SourceCounts {
  readonly accepted: number;
  readonly deduplicated: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly passedOn: number;
  readonly inFlight: number;
  readonly difference: number;
  readonly sinks: Readonly<Record<string, SinkCounts>>;
}

/** The account of a source, as the dashboard at this address gives it. */
export async function readLedger(http: string, source: string): Promise<SourceCounts | undefined> {
  const answer = await fetch(`${http}/api/v1/ledger`);
  if (!answer.ok) throw new Error(`The ledger answered ${answer.status}: ${await answer.text()}`);
  const ledger = (await answer.json()) as { sources: Record<string, SourceCounts> };
  return ledger.sources[source];
}

/** Nothing is under way: all that was accepted is enriched, and stored by every sink. */
export function isSettled({ inFlight, sinks }: SourceCounts): boolean {
  return inFlight === 0 && Object.values(sinks).every((sink) => sink.inFlight === 0);
}

/** The source's difference and that of each of its sinks: all 0, or something is wrong. */
export function differences({ difference, sinks }: SourceCounts): readonly number[] {
  return [difference, ...Object.values(sinks).map((sink) => sink.difference)];
}
