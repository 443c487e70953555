import type { PollState } from '../../core/poll/poll-state.ts';
import { withJitter } from './schedule.ts';
import type { SourcePlan } from './source-plan.ts';

/** Of a source that was never polled: the first poll is due at once, within its jitter. */
export function newPollState(plan: SourcePlan, nowMs: number, random: () => number): PollState {
  return {
    source: plan.source,
    step: 0,
    slotAtMs: nowMs,
    dueAtMs: withJitter(nowMs, Math.min(plan.jitterMs, 1000), random),
    notBeforeMs: 0,
    wakeAtMs: nowMs,
    cursor: plan.declaration.cursor?.start ?? null,
    walk: null,
    validators: null,
    failures: 0,
    limited: 0,
    circuit: 'closed',
    opened: 0,
    problem: null,
    lastAttemptAtMs: null,
    lastSuccessAtMs: null,
    lastDead: null,
    backfills: [],
    pages: 0,
    readings: 0,
    requestPrint: plan.requestPrint,
    cursorPrint: plan.cursorPrint,
    updatedAtMs: nowMs,
  };
}

/**
 * The state under the present declaration: where the request is another the walk begins anew, at once, and where the
 * cursor is another it begins at its start. A backfill begins its window again; its readings are recognised.
 */
export function adoptDeclaration(state: PollState, plan: SourcePlan, nowMs: number): PollState {
  const { cursorPrint, requestPrint } = plan;
  if (state.requestPrint === requestPrint && state.cursorPrint === cursorPrint) return state;
  const isSameCursor = state.cursorPrint === cursorPrint;
  return {
    ...state,
    cursor: isSameCursor ? state.cursor : (plan.declaration.cursor?.start ?? null),
    walk: null,
    validators: null,
    backfills: state.backfills.map((backfill) => ({ ...backfill, walk: null })),
    slotAtMs: nowMs,
    dueAtMs: nowMs,
    notBeforeMs: 0,
    failures: 0,
    circuit: 'closed',
    opened: 0,
    problem: null,
    requestPrint,
    cursorPrint,
  };
}
