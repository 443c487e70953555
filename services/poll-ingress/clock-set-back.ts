import type { PollState } from '../../core/poll/poll-state.ts';

/** Clocks of replicas differ by less. */
const toleratedMs = 60_000;

/** Since the state was written. Pure. */
export function isClockSetBack({ updatedAtMs }: PollState, nowMs: number): boolean {
  return updatedAtMs - nowMs > toleratedMs;
}

/**
 * The state with its times by the clock of now: pauses stay as long as they were. Else a source that was asked while
 * the clock was a year ahead would wait for that year to pass. Pure.
 */
export function byClockOfNow(state: PollState, nowMs: number): PollState {
  if (!isClockSetBack(state, nowMs)) return state;
  const backMs = state.updatedAtMs - nowMs;
  return {
    ...state,
    slotAtMs: state.slotAtMs - backMs,
    dueAtMs: state.dueAtMs - backMs,
    notBeforeMs: Math.max(0, state.notBeforeMs - backMs),
  };
}
