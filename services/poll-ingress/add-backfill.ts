import type { PollAsk } from '../../core/poll/poll-ask.ts';
import type { PollBackfillState, PollState } from '../../core/poll/poll-state.ts';
import type { SourcePlan } from './source-plan.ts';

/** Those that ended, to be looked at. */
const endedKept = 10;
const mostWaiting = 100;

/** The state with a backfill that was asked for; asking twice with one id is asking once. Pure. */
export function addBackfill(
  plan: SourcePlan,
  state: PollState,
  ask: Extract<PollAsk, { kind: 'backfill' }>,
): PollState {
  const { fromMs, id, requestedAtMs, toMs } = ask;
  if (state.backfills.some((backfill) => backfill.id === id)) return state;
  const isEnded = ({ state: is }: PollBackfillState) => is === 'done' || is === 'failed';
  const ended = state.backfills.filter(isEnded).slice(-endedKept);
  const open = state.backfills.filter((backfill) => !isEnded(backfill));
  const problem =
    plan.declaration.backfill === undefined
      ? `Source ${plan.source} says nothing of how a time range is asked for: poll.backfill.`
      : open.length >= mostWaiting
        ? `${mostWaiting} backfills of ${plan.source} wait already.`
        : null;
  const backfill: PollBackfillState = {
    id,
    fromMs,
    toMs,
    reachedMs: fromMs,
    walk: null,
    pages: 0,
    readings: 0,
    state: problem === null ? 'waiting' : 'failed',
    problem,
    requestedAtMs,
    endedAtMs: problem === null ? null : requestedAtMs,
  };
  return { ...state, backfills: [...ended, ...open, backfill] };
}
