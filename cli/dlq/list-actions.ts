import { actionsOf, type DeadLetterAction } from '../../core/dead-letters/action-entry.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { deadLetterActionsTopic } from '../../core/topics.ts';
import type { ExitCode } from '../define-command.ts';
import { toRfc3339 } from './format-dead-letter.ts';
import { table } from './table.ts';

/** Who did what with which dead letters, the oldest first. */
export async function listActions(
  log: Pick<LogReader, 'table' | 'ranges'>,
  asJson: boolean,
): Promise<ExitCode> {
  const actions = await readActions(log);
  const items = actions.map(({ at, lastAt, ...action }) => ({
    ...action,
    at: toRfc3339(at),
    lastAt: lastAt === null ? null : toRfc3339(lastAt),
  }));
  console.log(asJson ? JSON.stringify({ items, nextCursor: null }) : describe(actions));
  return 0;
}

async function readActions(log: Pick<LogReader, 'table' | 'ranges'>): Promise<DeadLetterAction[]> {
  // A log of before the first action has no such topic.
  if ((await log.ranges([deadLetterActionsTopic])).length === 0) return [];
  const entries = await log.table(deadLetterActionsTopic);
  try {
    return actionsOf(Array.from(entries.entries(), ([, record]) => record));
  } finally {
    entries.close();
  }
}

function describe(actions: readonly DeadLetterAction[]): string {
  if (actions.length === 0) return 'Nobody has replayed or discarded dead letters yet.';
  const rows = actions.map((action) => [
    toRfc3339(action.at),
    action.verb,
    action.by,
    String(action.letters),
    String(action.readings),
    String(action.stillDead),
    action.isDone ? 'done' : 'broken off',
    Object.entries(action.filter)
      .map(([name, wanted]) => `${name}=${shown(name, wanted)}`)
      .join(' ') || 'all that were open',
    action.reason ?? '',
  ]);
  return table([
    ['at', 'did', 'who', 'letters', 'readings', 'still dead', 'end', 'which', 'why'],
    ...rows,
  ]);
}

function shown(name: string, wanted: unknown): string {
  if ((name === 'from' || name === 'to') && typeof wanted === 'number') return toRfc3339(wanted);
  return Array.isArray(wanted) ? wanted.join(',') : String(wanted);
}
