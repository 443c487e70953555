import type { NewRecord } from '../log/event-log.ts';
import { ledgerTopic } from '../topics.ts';

/** The value of `ledger.v1` under `ingress/<instance>`, JSON; cumulative for that instance. */
export interface IngressCounts {
  /** Packets on our own broker that no source matched. */
  readonly unmatched: number;
  /** Parts of payloads that a format dropped, by source. */
  readonly filtered: Readonly<Record<string, number>>;
}

/**
 * What an ingress sees and doesn't put into the log as readings or dead letters. Its record goes with the batch that
 * it counts, before that batch's acknowledgements; so what was acknowledged was counted.
 */
export class IngressTally {
  readonly #key: string;
  readonly #filtered = new Map<string, number>();
  #unmatched = 0;
  #changed = false;

  /** `instance` is random for each start: counts of a process that died stand for ever beside those of the next. */
  constructor(instance: string) {
    this.#key = `ingress/${instance}`;
  }

  countUnmatched(): void {
    this.#unmatched++;
    this.#changed = true;
  }

  countFiltered(filtered: ReadonlyMap<string, number>): void {
    for (const [source, count] of filtered) {
      this.#filtered.set(source, (this.#filtered.get(source) ?? 0) + count);
      this.#changed = true;
    }
  }

  /** Takes back what {@link countFiltered} counted of a batch that the log refused: its senders send again. */
  withdrawFiltered(filtered: ReadonlyMap<string, number>): void {
    for (const [source, count] of filtered) {
      this.#filtered.set(source, (this.#filtered.get(source) ?? 0) - count);
      this.#changed = true;
    }
  }

  /** The record to append, or undefined when nothing was counted since the last one taken. */
  takeRecord(nowMs: number): NewRecord | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const counts: IngressCounts = {
      unmatched: this.#unmatched,
      filtered: Object.fromEntries(this.#filtered),
    };
    return {
      topic: ledgerTopic,
      key: this.#key,
      value: Buffer.from(JSON.stringify(counts)),
      timestampMs: nowMs,
    };
  }

  /** The last record taken did not get into the log: its counts go with the next. */
  recordLost(): void {
    this.#changed = true;
  }
}
