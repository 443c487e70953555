import { backfillProgress, type PollBackfillState, type PollState } from './poll-state.ts';

/** How a polled source stands, for people: times are RFC 3339 in UTC. */
export interface PollView {
  readonly source: string;
  /** When a whole poll last ended well. */
  readonly lastSuccess: string | null;
  readonly lastAttempt: string | null;
  /** When the next request is due; null: at once. */
  readonly nextDue: string | null;
  readonly circuit: 'closed' | 'open';
  /** Failures one after the other, and what the last one was. */
  readonly failures: number;
  readonly problem: string | null;
  readonly cursor: string | null;
  /** The page that the poll under way asks for next; null between polls. */
  readonly page: number | null;
  readonly pages: number;
  readonly readings: number;
  readonly backfills: readonly PollBackfillView[];
}

export interface PollBackfillView {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly state: PollBackfillState['state'];
  /** 0 to 1, of the time range. */
  readonly progress: number;
  readonly reached: string;
  readonly pages: number;
  readonly readings: number;
  readonly problem: string | null;
}

export function pollView(state: PollState): PollView {
  const { circuit, cursor, failures, pages, problem, readings, source, walk } = state;
  return {
    source,
    lastSuccess: timeOf(state.lastSuccessAtMs),
    lastAttempt: timeOf(state.lastAttemptAtMs),
    nextDue: timeOf(state.wakeAtMs),
    ...{ circuit, failures, problem, cursor },
    page: walk === null ? null : walk.page + 1,
    ...{ pages, readings },
    backfills: state.backfills.map(backfillView),
  };
}

export function backfillView(backfill: PollBackfillState): PollBackfillView {
  const { id, pages, problem, readings, state } = backfill;
  return {
    id,
    from: new Date(backfill.fromMs).toISOString(),
    to: new Date(backfill.toMs).toISOString(),
    state,
    progress: backfillProgress(backfill),
    reached: new Date(backfill.reachedMs).toISOString(),
    ...{ pages, readings, problem },
  };
}

function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
