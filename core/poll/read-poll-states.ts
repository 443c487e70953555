import { isMillraceError } from '../errors.ts';
import type { LogReader } from '../log/event-log.ts';
import { pollStatesTopic } from '../topics.ts';
import { type PollState, parsePollState } from './poll-state.ts';

/** How each source stands that was ever polled, by name. Empty where nothing is polled. */
export async function readPollStates(
  log: Pick<LogReader, 'table'>,
): Promise<ReadonlyMap<string, PollState>> {
  try {
    const table = await log.table(pollStatesTopic);
    const states = new Map<string, PollState>();
    for (const [source, { value }] of table.entries())
      if (value !== null) states.set(source, parsePollState(value));
    table.close();
    return states;
  } catch (error) {
    if (isMillraceError(error, 'TOPIC_UNKNOWN')) return new Map();
    throw error;
  }
}
