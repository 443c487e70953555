import type { NewRecord } from '../log/event-log.ts';
import type { DeadLetterReason, DropReason } from '../outcome.ts';

/** What the enricher would make of a record of `readings.raw.v1` now; it can't tell whether it is a repeat. */
export type ReadingTrial = (record: { readonly key: string; readonly value: Buffer }) => Trial;

/** A trial that holds something open: registers, as the log has them. */
export interface OpenTrial {
  readonly tryReading: ReadingTrial;
  close(): void;
}

export type Trial = { readonly kind: 'passes' } | { readonly kind: 'filtered' } | Death;

/** Why it would die again, or can't even be tried. */
export interface Death {
  readonly kind: 'dies';
  readonly reason: DeadLetterReason | HindranceReason;
  /** A sentence: what was expected, what came. */
  readonly detail: string;
}

/** What is no failure of the payload: the dead letter itself can't be tried. */
export type HindranceReason = 'source-gone' | 'bytes-cut' | 'parts-differ';

/** What a dead letter becomes with the present configuration. */
export type Attempt =
  | {
      readonly kind: 'passes';
      /** To be appended. Appended twice they store once. */
      readonly records: readonly NewRecord[];
      /** `observedAt` of each reading that passes, in microseconds: some may be older than history keeps. */
      readonly observedAt: readonly number[];
      /** Readings that a rule of the configuration sets aside. */
      readonly filtered: number;
      /** Other parts of the same payload, which die on: each is to be a dead letter of its own. */
      readonly deaths: readonly Death[];
      readonly note: string | undefined;
    }
  | { readonly kind: 'filtered'; readonly reason: DropReason; readonly note: string | undefined }
  | (Death & { readonly note: string | undefined });
