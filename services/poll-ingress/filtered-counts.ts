import type { IngressCounts } from '../../core/ledger/ingress-tally.ts';
import { ingressKeyPrefix } from '../../core/ledger/ledger-entries.ts';
import type { NewRecord, StepState } from '../../core/log/event-log.ts';
import { ledgerTopic } from '../../core/topics.ts';

/** What the formats dropped of the pages of one partition's sources, for the ledger; commits with the pages. */
export class FilteredCounts {
  static readonly stateKey = 'filtered';
  readonly #partition: number;
  readonly #counts: Map<string, number>;
  #changed = false;

  private constructor(partition: number, counts: Map<string, number>) {
    this.#partition = partition;
    this.#counts = counts;
  }

  /** Of state that has loaded `stateKey`. */
  static restore(state: StepState, partition: number): FilteredCounts {
    const kept = state.get(FilteredCounts.stateKey);
    const counts = kept && (JSON.parse(kept.toString('utf8')) as IngressCounts);
    return new FilteredCounts(partition, new Map(Object.entries(counts?.filtered ?? {})));
  }

  add(source: string, filtered: number): void {
    if (filtered === 0) return;
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + filtered);
    this.#changed = true;
  }

  /** The ledger's record, when something was counted. */
  save(state: StepState, nowMs: number): readonly NewRecord[] {
    if (!this.#changed) return [];
    const counts: IngressCounts = { unmatched: 0, filtered: Object.fromEntries(this.#counts) };
    const value = Buffer.from(JSON.stringify(counts));
    state.put(FilteredCounts.stateKey, value);
    const key = `${ingressKeyPrefix}polls-${this.#partition}`;
    return [{ topic: ledgerTopic, key, value, timestampMs: nowMs }];
  }
}
