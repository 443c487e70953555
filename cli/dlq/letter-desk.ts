import type { DiscardReport } from '../../stores/dead-letters/discard-letters.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import type { ReplayReport } from '../../stores/dead-letters/replay-letters.ts';

/** Where replays and discards are done: in this process, or by the one that has the log. */
export interface LetterDesk {
  /** What whoever wonders why something died again should know. */
  readonly hint?: string;
  replay(request: LetterRequest): Promise<ReplayReport>;
  discard(request: LetterRequest & { readonly reason: string }): Promise<DiscardReport>;
  /** Waits until the store shows what was done. False: it does not yet; the sentence says what it waits for. */
  settle(): Promise<string | undefined>;
  close(): Promise<void>;
}
