import type { PollBackfillState, PollState, PollWalk } from '../../core/poll/poll-state.ts';
import type { SourcePlan } from './source-plan.ts';

/** The one page to be asked for next. */
export type Step =
  | { readonly kind: 'live'; readonly walk: PollWalk }
  | {
      readonly kind: 'backfill';
      readonly walk: PollWalk;
      readonly backfill: PollBackfillState;
      /** The window that the walk goes through. */
      readonly fromMs: number;
      readonly toMs: number;
    };

/** Undefined: nothing is due yet. The poll that is due goes before a backfill. Pure. */
export function nextStep(state: PollState, plan: SourcePlan, nowMs: number): Step | undefined {
  if (nowMs < state.notBeforeMs) return undefined;
  if (state.walk !== null) return { kind: 'live', walk: state.walk };
  if (nowMs >= state.dueAtMs)
    return { kind: 'live', walk: newWalk(`live/${state.dueAtMs}/${state.step}`, state.cursor) };
  const backfill = backfillUnderWay(state);
  if (backfill === undefined) return undefined;
  const fromMs = backfill.reachedMs;
  const toMs = Math.min(backfill.toMs, fromMs + plan.backfillStepMs);
  const walk = backfill.walk ?? newWalk(`backfill/${backfill.id}/${fromMs}/${state.step}`, null);
  return { kind: 'backfill', walk, backfill, fromMs, toMs };
}

/** When something will be due, whatever it is; may lie in the past. */
export function nextDueMs(state: PollState): number {
  const hasMore = state.walk !== null || backfillUnderWay(state) !== undefined;
  return Math.max(state.notBeforeMs, hasMore ? 0 : state.dueAtMs);
}

function backfillUnderWay({ backfills }: PollState): PollBackfillState | undefined {
  return backfills.find(({ state }) => state === 'waiting' || state === 'running');
}

function newWalk(id: string, cursor: string | null): PollWalk {
  return { id, page: 0, next: null, since: cursor, cursor, validators: null };
}
