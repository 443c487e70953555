import type { TablePlan } from '../../core/tables/table-plan.ts';
import type { Refusal, SinkAccount } from '../store.ts';
import type { PackedBatch } from './packed-batch.ts';

/** What the writer's thread is started with. */
export interface WriterData {
  readonly file: string;
  readonly historyMs: number | null;
  readonly deadLettersMs: number | null;
  readonly maxBytes: number | null;
  readonly logId: string | null;
  readonly cachedEntities: number;
  readonly mapped: readonly TablePlan[];
}

/** The calls that the writer's thread answers. `nowMicros`: the clock is the caller's. */
export interface WriterCalls {
  account(): SinkAccount;
  /** What was done to mapped tables at the opening, a sentence each. */
  mappedNotes(): readonly string[];
  writeReadings(
    batch: PackedBatch,
    setAside: readonly number[],
    nowMicros: number,
  ): readonly Refusal[];
  writeDeadLetters(batch: PackedBatch, nowMicros: number): void;
  writeDeadLetterMarks(batch: PackedBatch): void;
  prune(nowMicros: number): number;
  countExpired(sources: Readonly<Record<string, number>>): void;
  close(): void;
}
