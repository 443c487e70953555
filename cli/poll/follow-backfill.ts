import type { LogReader } from '../../core/log/event-log.ts';
import { parsePollState } from '../../core/poll/poll-state.ts';
import { backfillView, type PollBackfillView } from '../../core/poll/poll-view.ts';
import { pollStatesTopic } from '../../core/topics.ts';

export interface FollowBackfillOptions {
  readonly source: string;
  readonly id: string;
  readonly signal: AbortSignal;
  readonly onProgress: (backfill: PollBackfillView) => void;
}

/** Resolves with the backfill when it has ended; undefined when the signal aborts before. */
export async function followBackfill(
  log: Pick<LogReader, 'table'>,
  { id, onProgress, signal, source }: FollowBackfillOptions,
): Promise<PollBackfillView | undefined> {
  const table = await log.table(pollStatesTopic);
  const current = () => {
    const value = table.get(source)?.value;
    const found = value && parsePollState(value).backfills.find((one) => one.id === id);
    return found ? backfillView(found) : undefined;
  };
  try {
    return await new Promise((resolve) => {
      const look = () => {
        const backfill = current();
        if (backfill === undefined) return;
        onProgress(backfill);
        if (backfill.state === 'done' || backfill.state === 'failed') resolve(backfill);
      };
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      table.onChange(look);
      look();
    });
  } finally {
    table.close();
  }
}
