import type { Events } from '../../core/events.ts';
import type { PollState } from '../../core/poll/poll-state.ts';
import type { Polled } from './poll-source.ts';
import type { SourcePlan } from './source-plan.ts';

interface Told {
  readonly plan: SourcePlan;
  readonly before: PollState;
  readonly polled: Polled;
}

/** What people should know of a request: failures, the circuit, the ends of backfills. */
export function tellOfPoll(events: Events, { plan, before, polled }: Told): void {
  const { source } = plan;
  const { state } = polled;
  const { problem } = state;
  const nextAt = new Date(state.notBeforeMs).toISOString();
  if (polled.outcome === 'limited')
    events.warn('poll.limited', {
      message: `${problem} The next request of ${source} is at ${nextAt}.`,
      source,
    });
  else if (problem !== null && state.circuit === 'closed')
    events.warn('poll.failed', {
      message: `${problem} Source ${source} asks again at ${nextAt}; nothing is lost.`,
      source,
      failures: state.failures,
    });
  if (state.circuit === 'open')
    events.warn(before.circuit === 'open' ? 'poll.circuit-still-open' : 'poll.circuit-opened', {
      message: `After ${state.failures} failures source ${source} is not asked until ${nextAt}. The last: ${problem}`,
      source,
    });
  if (before.circuit === 'open' && state.circuit === 'closed')
    events.info('poll.circuit-closed', { message: `Source ${source} answers again.`, source });
  tellOfBackfills(events, { plan, before, polled });
}

function tellOfBackfills(events: Events, { plan, before, polled }: Told): void {
  const { source } = plan;
  for (const backfill of polled.state.backfills) {
    const { id, pages, problem, readings, state } = backfill;
    const was = before.backfills.find((one) => one.id === id)?.state;
    if (was === state) continue;
    const range = `${new Date(backfill.fromMs).toISOString()} to ${new Date(backfill.toMs).toISOString()}`;
    if (state === 'done')
      events.info('poll.backfill-done', {
        message: `The backfill of ${source} from ${range} is done: ${readings} readings in ${pages} pages.`,
        source,
      });
    if (state === 'failed')
      events.error('poll.backfill-failed', {
        message: `The backfill of ${source} from ${range} ended early. ${problem}`,
        source,
      });
  }
}
