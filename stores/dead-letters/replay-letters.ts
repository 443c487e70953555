import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Attempt, Death, ReadingTrial } from '../../core/dead-letters/attempt.ts';
import { attemptLetter } from '../../core/dead-letters/attempt-letter.ts';
import type { DeadLetterMark } from '../../core/dead-letters/dead-letter-mark.ts';
import { decodeOnce } from '../../core/dead-letters/decode-once.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import type { StoredDeadLetter } from '../store.ts';
import {
  type LetterRequest,
  type LetterStep,
  type LetterStepParts,
  nextLetters,
} from './letter-steps.ts';
import { WholeBytes } from './whole-bytes.ts';

export interface ReplayParts extends LetterStepParts {
  readonly pipeline: Pick<Pipeline, 'sources' | 'retention'>;
  readonly tryReading: ReadingTrial;
}

/** What a step did, or of a dry run: what it would do. */
export interface ReplayReport {
  /** Under which it stands in the record of actions; null for a dry run. */
  readonly action: string | null;
  /** Dead letters that were wanted. */
  readonly letters: number;
  /** Dead letters that were looked at for them. */
  readonly seen: number;
  /** Of them: those that went through, and are closed. */
  readonly replayed: number;
  /** Readings that they became. */
  readonly readings: number;
  /** Readings, and letters, that the present configuration sets aside on purpose. */
  readonly filtered: number;
  /** Readings older than history keeps: sinks count them as expired, and don't store them. */
  readonly expired: number;
  /** What died again, or can't be tried, by reason. */
  readonly stillDead: readonly StillDead[];
  readonly notes: readonly { readonly note: string; readonly letters: number }[];
  readonly nextCursor: string | null;
}

export interface StillDead {
  readonly reason: string;
  readonly count: number;
  /** Of the first. */
  readonly id: string;
  readonly detail: string;
}

/**
 * One step of a replay. What passes is in the log, durable, before its dead letters are closed: whoever is killed in
 * between finds them open, and sends them again, which stores nothing twice. What would die again stays as it is.
 */
export async function replayLetters(
  parts: ReplayParts,
  request: LetterRequest,
): Promise<ReplayReport> {
  const { store, log, pipeline, tryReading } = parts;
  const step = await nextLetters(parts, 'replay', request);
  const whole = new WholeBytes(store);
  const context = { sources: pipeline.sources, tryReading, now: step.at, decode: decodeOnce() };
  const sum = new ReportSum(step.at, pipeline.retention.historyMs);
  const records: NewRecord[] = [];
  const marks: DeadLetterMark[] = [];
  for (const letter of step.letters) {
    const attempt = attemptLetter(letter, await whole.of(letter), context);
    sum.add(letter, attempt);
    if (attempt.kind === 'dies') continue;
    if (attempt.kind === 'passes') records.push(...attempt.records);
    const { id, deadAt } = letter;
    const reason = becameSentence(attempt);
    marks.push({ id, state: 'replayed', deadAt, at: step.at, action: step.action, reason });
  }
  if (!request.dryRun && records.length > 0) await log.append(records);
  const report = sum.report(step);
  await step.finish(marks, {
    letters: report.replayed,
    readings: report.readings,
    stillDead: report.letters - report.replayed,
  });
  return request.dryRun ? { ...report, action: null } : report;
}

function becameSentence(attempt: Exclude<Attempt, Death>): string {
  if (attempt.kind === 'filtered') return 'The format sets it aside on purpose now.';
  const { observedAt, filtered, deaths } = attempt;
  const parts = [
    `${observedAt.length} ${observedAt.length === 1 ? 'reading' : 'readings'} went on`,
    ...(filtered > 0 ? [`${filtered} filtered`] : []),
    ...(deaths.length > 0 ? [`${deaths.length} died again`] : []),
  ];
  return `${parts.join(', ')}.`;
}

class ReportSum {
  readonly #expiredBefore: number;
  readonly #stillDead = new Map<string, { id: string; detail: string; count: number }>();
  readonly #notes = new Map<string, number>();
  #letters = 0;
  #replayed = 0;
  #readings = 0;
  #filtered = 0;
  #expired = 0;

  constructor(now: number, historyMs: number | null) {
    this.#expiredBefore = historyMs === null ? Number.NEGATIVE_INFINITY : now - historyMs * 1000;
  }

  add({ id }: StoredDeadLetter, attempt: Attempt): void {
    this.#letters++;
    const { note } = attempt;
    if (note !== undefined) this.#notes.set(note, (this.#notes.get(note) ?? 0) + 1);
    if (attempt.kind === 'dies') {
      this.#die(id, attempt);
      return;
    }
    this.#replayed++;
    if (attempt.kind === 'filtered') {
      this.#filtered++;
      return;
    }
    this.#readings += attempt.observedAt.length;
    this.#filtered += attempt.filtered;
    this.#expired += attempt.observedAt.filter((time) => time < this.#expiredBefore).length;
    for (const death of attempt.deaths) this.#die(id, death);
  }

  report({ action, seen, nextCursor }: LetterStep): ReplayReport {
    return {
      action,
      letters: this.#letters,
      seen,
      replayed: this.#replayed,
      readings: this.#readings,
      filtered: this.#filtered,
      expired: this.#expired,
      stillDead: Array.from(this.#stillDead, ([reason, first]) => ({ reason, ...first })),
      notes: Array.from(this.#notes, ([note, letters]) => ({ note, letters })),
      nextCursor,
    };
  }

  #die(id: string, { reason, detail }: Death): void {
    const known = this.#stillDead.get(reason);
    if (known) known.count++;
    else this.#stillDead.set(reason, { id, detail, count: 1 });
  }
}
