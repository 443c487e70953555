import { Backoff } from '../backoff.ts';
import type { Events } from '../events.ts';
import { pause } from '../pause.ts';
import type { LogReader, LogTable, TailFrom } from './event-log.ts';
import { FollowedTable } from './followed-table.ts';

const retryMs = { firstMs: 50, maxMs: 5000 };

export interface FollowTableParts {
  readonly log: Pick<LogReader, 'tail'>;
  readonly topic: string;
  /** Aborts when the log is closed. */
  readonly ending: AbortSignal;
  readonly events: Events | undefined;
}

/** A topic read whole, then followed. Undefined when the log was closed before it was whole. */
export async function followTable(parts: FollowTableParts): Promise<LogTable | undefined> {
  const stop = new AbortController();
  const table = new FollowedTable(() => stop.abort());
  const { signal } = stop;
  for await (const cut of parts.log.tail([parts.topic], { from: 'earliest', signal })) {
    table.take(cut);
    if (!cut.atEnd) continue;
    void follow(parts, table, { offsets: cut.offsets }, signal);
    return table;
  }
  return undefined;
}

/** Never rejects: where it fails it goes on from there, until the table or the log is closed. */
async function follow(
  { log, topic, ending, events }: FollowTableParts,
  table: FollowedTable,
  from: TailFrom,
  signal: AbortSignal,
): Promise<void> {
  const ends = AbortSignal.any([signal, ending]);
  const backoff = new Backoff(retryMs);
  let next = from;
  while (!ends.aborted) {
    try {
      for await (const cut of log.tail([topic], { from: next, signal })) {
        next = { offsets: cut.offsets };
        table.take(cut);
        backoff.reset();
      }
    } catch (error) {
      if (ends.aborted) return;
      events?.warn('log.table-failed', {
        message: `The table of ${topic} could not be followed; it is tried again from where it was.`,
        error,
      });
      await pause(backoff.nextMs(), ends);
    }
  }
}
