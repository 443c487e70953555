import type { ApiLedger } from '../../../api-types.ts';
import { formatExact } from '../words/format-number.ts';

export interface LedgerVerdict {
  readonly addsUp: boolean;
  /** What doesn't add up, a sentence each. */
  readonly faults: readonly string[];
  readonly accepted: number;
  readonly deadLettered: number;
}

const readings = (count: number) =>
  `${formatExact(Math.abs(count))} reading${Math.abs(count) === 1 ? '' : 's'}`;

/** Whether everything that came in is accounted for, and what isn't. */
export function ledgerVerdict(ledger: ApiLedger): LedgerVerdict {
  const faults: string[] = [];
  let accepted = 0;
  let deadLettered = 0;
  for (const [name, source] of Object.entries(ledger.sources)) {
    accepted += source.accepted;
    deadLettered += source.deadLettered;
    if (source.difference !== 0) {
      faults.push(
        source.difference > 0
          ? `${readings(source.difference)} of source ${name} were accepted and never passed on or accounted for.`
          : `${readings(source.difference)} of source ${name} were accounted for more often than accepted.`,
      );
    }
    for (const [sinkName, sink] of Object.entries(source.sinks)) {
      deadLettered += sink.deadLettered;
      if (sink.difference === 0) continue;
      faults.push(
        sink.difference > 0
          ? `${readings(sink.difference)} of source ${name} never reached ${sinkName}.`
          : `${sinkName} counts ${readings(sink.difference)} of source ${name} too many.`,
      );
    }
  }
  return { addsUp: faults.length === 0, faults, accepted, deadLettered };
}
