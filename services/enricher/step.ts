import type { DeadLetterOutcome, DropOutcome, RepeatOutcome } from '../../core/outcome.ts';
import type { Reading } from '../../core/reading.ts';

/** What the enricher knows of an entity at a reading's `observedAt`, before that reading. */
export interface Past {
  /** Event ids passed on for this entity and time, in order; their number is the next `seq`. */
  readonly ids: readonly string[];
  /** Content hashes of the entity's last readings that came with neither time nor id, oldest first. */
  readonly contents: readonly string[];
}

export type StepOutcome =
  | {
      readonly kind: 'ok';
      readonly reading: Reading;
      /** The register that had no entry to join. */
      readonly unjoined?: string;
    }
  /** `rule`: the name of the filter that dropped it. */
  | (DropOutcome & { readonly rule: string })
  | RepeatOutcome
  | DeadLetterOutcome;

/**
 * One enrichment. Pure: no I/O, no clock, no randomness, and the reading handed in is left as it is.
 * Expected badness is an outcome; an exception means a bug and lets the whole batch come again.
 */
export type Step = (reading: Reading, past: Past) => StepOutcome;
