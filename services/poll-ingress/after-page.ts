import type {
  PollBackfillState,
  PollState,
  PollValidators,
  PollWalk,
} from '../../core/poll/poll-state.ts';
import type { Step } from './next-step.ts';
import { backoffMs, nextSlot, openForMs, withJitter } from './schedule.ts';
import type { SourcePlan } from './source-plan.ts';

const longestProblem = 500;

export interface Moment {
  readonly nowMs: number;
  /** 0 to 1. */
  readonly random: () => number;
  /** The provider wants no request before. */
  readonly waitUntilMs: number | undefined;
}

/** A page that was taken. */
export interface TakenPage {
  readonly next: string | null;
  readonly cursor: string | null;
  readonly validators: PollValidators | null;
  readonly readings: number;
  /** Of the page's bytes, when nothing of it could be decoded. */
  readonly dead: string | null;
}

/** The state once a page's records are in the log; both commit together. Pure. */
export function afterPage(
  plan: SourcePlan,
  state: PollState,
  {
    step,
    page,
    moment,
  }: { readonly step: Step; readonly page: TakenPage; readonly moment: Moment },
): PollState {
  const well: PollState = {
    ...answered(state, plan, moment),
    lastDead: page.dead,
    pages: state.pages + 1,
    readings: state.readings + page.readings,
  };
  const endless = endlessSentence(plan, step.walk, page);
  const walk: PollWalk = {
    ...step.walk,
    page: step.walk.page + 1,
    next: page.next,
    cursor: page.cursor,
    mark: isPowerOfTwo(step.walk.page + 1) ? page.next : (step.walk.mark ?? null),
    validators: step.walk.page === 0 ? page.validators : step.walk.validators,
  };
  if (step.kind === 'backfill') {
    const backfill = { ...step.backfill, pages: step.backfill.pages + 1 };
    const taken = { ...backfill, readings: backfill.readings + page.readings };
    return withBackfill(well, afterWindow(taken, step, { walk, endless, nowMs: moment.nowMs }));
  }
  if (endless !== undefined)
    return failed(plan, { ...ended(plan, well, moment), cursor: state.cursor }, endless, moment);
  return page.next === null
    ? { ...ended(plan, well, moment), ...succeeded(plan, walk, moment) }
    : { ...well, walk };
}

/** The provider says that nothing has changed since the last poll. */
export function afterUnchanged(plan: SourcePlan, state: PollState, moment: Moment): PollState {
  const well = ended(plan, answered(state, plan, moment), moment);
  return { ...well, lastSuccessAtMs: moment.nowMs };
}

/** Too many requests, the provider says: no failure, so that the circuit stays as it is. */
export function afterLimited(state: PollState, sentence: string, moment: Moment): PollState {
  const { nowMs, random, waitUntilMs } = moment;
  const limited = state.limited + 1;
  const notBeforeMs = waitUntilMs ?? nowMs + backoffMs(limited, random);
  return { ...asked(state, moment), limited, notBeforeMs, problem: sentence };
}

/** Nothing of it is taken; it is asked for again after a pause, and after n failures after a longer one. */
export function afterFailure(
  plan: SourcePlan,
  state: PollState,
  failure: { readonly sentence: string; readonly isRefused: boolean; readonly moment: Moment },
): PollState {
  const { isRefused, moment, sentence } = failure;
  const after = failed(plan, asked(state, moment), sentence, moment);
  const opens = after.circuit === 'open' && state.circuit === 'closed';
  // A cursor of pages may have lapsed: the walk begins anew rather than to be refused for ever.
  return isRefused && opens ? withoutWalks(after) : after;
}

/** What every request leaves behind, whatever came of it. */
function asked(state: PollState, { nowMs }: Moment): PollState {
  return { ...state, step: state.step + 1, lastAttemptAtMs: nowMs, updatedAtMs: nowMs };
}

function answered(state: PollState, plan: SourcePlan, moment: Moment): PollState {
  return {
    ...asked(state, moment),
    notBeforeMs: Math.max(moment.nowMs + plan.paceMs, moment.waitUntilMs ?? 0),
    failures: 0,
    limited: 0,
    circuit: 'closed',
    opened: 0,
    problem: null,
  };
}

/** The poll is over; the next one is due at its regular time. */
function ended(plan: SourcePlan, state: PollState, { nowMs, random }: Moment): PollState {
  const slotAtMs = nextSlot(state.slotAtMs, plan.everyMs, nowMs);
  return { ...state, walk: null, slotAtMs, dueAtMs: withJitter(slotAtMs, plan.jitterMs, random) };
}

/**
 * The first page may stay as it is while a later one grows, and a Link header may change without the page's bytes: only
 * of a poll that is one page does "nothing has changed" (304) say so of all.
 */
function succeeded(plan: SourcePlan, walk: PollWalk, { nowMs }: Moment) {
  const isWhole = walk.page === 1 && plan.declaration.pages?.by !== 'link';
  const validators = isWhole ? walk.validators : null;
  return { cursor: walk.cursor, validators, lastSuccessAtMs: nowMs };
}

function failed(plan: SourcePlan, state: PollState, sentence: string, moment: Moment): PollState {
  const { nowMs, random, waitUntilMs } = moment;
  const failures = state.failures + 1;
  const isOpen = state.circuit === 'open' || failures >= plan.circuit.failures;
  const opened = isOpen ? state.opened + 1 : 0;
  const pauseMs = isOpen
    ? openForMs(plan.circuit.openMs, opened, random)
    : backoffMs(failures, random);
  return {
    ...state,
    failures,
    circuit: isOpen ? 'open' : 'closed',
    opened,
    notBeforeMs: Math.max(nowMs + pauseMs, waitUntilMs ?? 0),
    problem: plan.redact(sentence).slice(0, longestProblem),
  };
}

/** Pages without an end: as many as are allowed, or those that lead in a circle (found as Brent does). */
function endlessSentence(plan: SourcePlan, walk: PollWalk, page: TakenPage): string | undefined {
  if (page.next === null) return undefined;
  const taken = walk.page + 1;
  if (page.next === walk.next)
    return `Page ${taken} names itself as the next one. Check pages: this walk has no end.`;
  if (page.next === walk.mark)
    return `Page ${taken} names one as the next that was taken before. Check pages: this walk is a circle.`;
  if (taken >= plan.maxPages)
    return `After ${taken} pages there are still more, and pages.max allows no more. Check pages, or raise max.`;
  return undefined;
}

const isPowerOfTwo = (n: number) => Number.isInteger(Math.log2(n));

function afterWindow(
  backfill: PollBackfillState,
  step: Extract<Step, { kind: 'backfill' }>,
  { walk, endless, nowMs }: { walk: PollWalk; endless: string | undefined; nowMs: number },
): PollBackfillState {
  if (endless !== undefined)
    return { ...backfill, walk: null, state: 'failed', problem: endless, endedAtMs: nowMs };
  if (walk.next !== null) return { ...backfill, walk, state: 'running' };
  const isDone = step.toMs >= backfill.toMs;
  return {
    ...backfill,
    walk: null,
    reachedMs: step.toMs,
    state: isDone ? 'done' : 'running',
    endedAtMs: isDone ? nowMs : null,
  };
}

function withBackfill(state: PollState, changed: PollBackfillState): PollState {
  const backfills = state.backfills.map((one) => (one.id === changed.id ? changed : one));
  return { ...state, backfills };
}

function withoutWalks(state: PollState): PollState {
  const backfills = state.backfills.map((backfill) => ({ ...backfill, walk: null }));
  return { ...state, walk: null, backfills };
}
