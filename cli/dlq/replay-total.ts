import type { ReplayReport, StillDead } from '../../stores/dead-letters/replay-letters.ts';
import { counted } from '../counted.ts';
import { table } from './table.ts';

export type ReplayTotal = Omit<ReplayReport, 'seen' | 'nextCursor'>;

/** Two steps of one action, as one. */
export function addReport(total: ReplayTotal | undefined, report: ReplayReport): ReplayTotal {
  const { seen, nextCursor, ...step } = report;
  if (total === undefined) return step;
  const deaths = new Map<string, StillDead>();
  for (const death of [...total.stillDead, ...step.stillDead]) {
    const known = deaths.get(death.reason);
    deaths.set(death.reason, known ? { ...known, count: known.count + death.count } : death);
  }
  const notes = new Map<string, number>();
  for (const { note, letters } of [...total.notes, ...step.notes])
    notes.set(note, (notes.get(note) ?? 0) + letters);
  return {
    action: step.action,
    letters: total.letters + step.letters,
    replayed: total.replayed + step.replayed,
    readings: total.readings + step.readings,
    filtered: total.filtered + step.filtered,
    expired: total.expired + step.expired,
    stillDead: [...deaths.values()],
    notes: Array.from(notes, ([note, letters]) => ({ note, letters })),
  };
}

/** For people: what was done, or of a dry run: what would be. */
export function describeReplay(total: ReplayTotal, { dryRun }: { dryRun: boolean }): string {
  const { letters, replayed, readings, filtered, expired, stillDead, notes } = total;
  if (letters === 0)
    return 'No open dead letter matches. --all takes those too that were replayed or discarded.';
  const went = dryRun ? 'would pass' : 'passed';
  const lines = [
    `${replayed} of ${counted(letters, 'dead letter')} ${went}: ${counted(readings, 'reading')} ${dryRun ? 'would go' : 'went'} into the log again.`,
  ];
  if (filtered > 0)
    lines.push(
      `${filtered} ${dryRun ? 'would be' : 'are'} set aside on purpose, by a format or a filter.`,
    );
  if (expired > 0)
    lines.push(
      `${expired} of the readings are older than history keeps: sinks count them as expired and don't store them.`,
    );
  lines.push(
    ...notes.map(({ note, letters: count }) => `${note} (${counted(count, 'dead letter')})`),
  );
  if (stillDead.length === 0) return lines.join('\n');
  const rows = stillDead.map(({ count, reason, id, detail }) => [
    String(count),
    reason,
    id,
    detail,
  ]);
  const head = dryRun ? 'Would still die:' : 'Died again, and stay open:';
  return [...lines, '', head, table([['count', 'reason', 'the first', 'detail'], ...rows])].join(
    '\n',
  );
}
