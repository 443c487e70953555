import type { PollBackfillView, PollView } from '../../core/poll/poll-view.ts';
import { table } from '../dlq/table.ts';

/** One line a source, then what is wrong and the backfills. `names`: polled sources of the configuration. */
export function describePolls(views: readonly PollView[], names: readonly string[]): string {
  const bySource = new Map(views.map((view) => [view.source, view]));
  const rows = names.map((name) => {
    const view = bySource.get(name);
    if (view === undefined) return [name, 'never polled', '', '', '', ''];
    const { circuit, cursor, lastSuccess, nextDue, readings } = view;
    return [
      name,
      lastSuccess ?? 'never',
      nextDue ?? 'now',
      circuit,
      cursor === null ? '-' : shortened(cursor),
      `${readings}`,
    ];
  });
  const head = ['SOURCE', 'LAST SUCCESS', 'NEXT DUE', 'CIRCUIT', 'CURSOR', 'READINGS'];
  const notes = names.flatMap((name) => {
    const view = bySource.get(name);
    if (view === undefined) return [];
    const problem =
      view.problem === null
        ? []
        : [
            `${name}: ${view.problem}${view.failures > 1 ? ` ${view.failures} failures one after the other.` : ''}`,
          ];
    return [...problem, ...view.backfills.map((one) => `${name}: ${describeBackfill(one)}`)];
  });
  return [table([head, ...rows]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

export function describeBackfill(backfill: PollBackfillView): string {
  const { from, pages, problem, progress, readings, state, to } = backfill;
  const share = state === 'done' ? 'done' : `${state}, ${Math.floor(progress * 100)} %`;
  const counts = `${pages} pages, ${readings} readings`;
  return `backfill ${day(from)} to ${day(to)}: ${share}, ${counts}${problem === null ? '' : `. ${problem}`}`;
}

/** A time of midnight is its day. */
const day = (time: string) => time.replace('T00:00:00.000Z', '').replace('.000Z', 'Z');
const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
