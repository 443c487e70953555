import { Backoff } from '../../core/backoff.ts';
import type { Events } from '../../core/events.ts';
import type { EventLog, LogTable } from '../../core/log/event-log.ts';
import { pollAskRecord } from '../../core/poll/poll-ask.ts';
import { type PollState, parsePollState } from '../../core/poll/poll-state.ts';
import { isClockSetBack } from './clock-set-back.ts';
import type { SourcePlan } from './source-plan.ts';

export interface AskerParts {
  readonly log: Pick<EventLog, 'append'>;
  /** `pollstates.v1`. */
  readonly states: LogTable;
  readonly plans: ReadonlyMap<string, SourcePlan>;
  readonly events: Events;
  readonly nowMs: () => number;
}

/** An ask that nothing came of is repeated: its handler's clock may be behind ours. */
const askAgain = { firstMs: 2000, maxMs: 60_000 };
/** What is in the log already comes by itself; past this it is asked for all the same. */
const underWayMs = 60_000;
const shortestPauseMs = 5;
const longestPauseMs = 60_000;

interface Asked {
  readonly step: number;
  readonly updatedAtMs: number;
  readonly againAtMs: number;
  readonly backoff: Backoff;
}

/**
 * Puts an ask for each source into the log when its next request is due. Every replica does: which one then makes the
 * request is the group's to decide, and an ask that comes second finds nothing due.
 */
export class Asker {
  readonly #parts: AskerParts;
  readonly #asked = new Map<string, Asked>();
  readonly #failing = new Backoff({ firstMs: 200, maxMs: 10_000 });
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: AskerParts) {
    this.#parts = parts;
    this.#stopListening = parts.states.onChange(() => this.#plan());
    this.#plan();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #plan(pauseMs = this.#pauseMs()): void {
    if (this.#isStopped || this.#running) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#running = this.#ask().finally(() => {
        this.#running = undefined;
      });
    }, pauseMs);
  }

  #pauseMs(): number {
    const nowMs = this.#parts.nowMs();
    const dueMs = [...this.#parts.plans.values()].map((plan) => this.#dueMs(plan));
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, Math.min(...dueMs) - nowMs));
  }

  async #ask(): Promise<void> {
    const { log, nowMs, plans, events } = this.#parts;
    const now = nowMs();
    const due = [...plans.values()].filter((plan) => this.#dueMs(plan) <= now);
    let pauseMs: number | undefined;
    try {
      if (due.length > 0)
        await log.append(due.map(({ source }) => pollAskRecord(source, { kind: 'tick' }, now)));
      for (const { source } of due) this.#note(source, now);
      this.#failing.reset();
    } catch (error) {
      pauseMs = this.#failing.nextMs();
      events.warn('poll.ask-failed', {
        message: 'The log takes no asks for polls; they are due all the same, and tried again.',
        error,
      });
    }
    // In a turn of its own: `#running` is over by then.
    setImmediate(() => this.#plan(pauseMs));
  }

  #note(source: string, nowMs: number): void {
    const state = this.#stateOf(source);
    const before = this.#asked.get(source);
    const isSame = before !== undefined && !isNewer(state, before);
    const backoff = isSame ? before.backoff : new Backoff(askAgain);
    const [step, updatedAtMs] = [state?.step ?? -1, state?.updatedAtMs ?? 0];
    this.#asked.set(source, { step, updatedAtMs, backoff, againAtMs: nowMs + backoff.nextMs() });
  }

  #dueMs(plan: SourcePlan): number {
    const state = this.#stateOf(plan.source);
    const asked = this.#asked.get(plan.source);
    const nowMs = this.#parts.nowMs();
    const dueMs = dueOf(state, plan, nowMs);
    if (asked === undefined || isNewer(state, asked)) return dueMs;
    // What was noted by a clock that was ahead says nothing.
    return asked.againAtMs > nowMs + askAgain.maxMs ? dueMs : Math.max(dueMs, asked.againAtMs);
  }

  #stateOf(source: string): PollState | undefined {
    const value = this.#parts.states.get(source)?.value;
    return value ? parsePollState(value) : undefined;
  }
}

function dueOf(state: PollState | undefined, plan: SourcePlan, nowMs: number): number {
  // Never polled, or declared otherwise since.
  if (state?.requestPrint !== plan.requestPrint || state.cursorPrint !== plan.cursorPrint) return 0;
  // The handler brings its times to the clock of now.
  if (isClockSetBack(state, nowMs)) return 0;
  return state.wakeAtMs ?? state.updatedAtMs + underWayMs;
}

function isNewer(state: PollState | undefined, asked: Asked): boolean {
  return (
    state !== undefined && (state.step !== asked.step || state.updatedAtMs !== asked.updatedAtMs)
  );
}
