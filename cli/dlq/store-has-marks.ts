import { isMillraceError } from '../../core/errors.ts';
import type { LogReader, Offsets } from '../../core/log/event-log.ts';
import { deadLetterMarksTopic, deadLettersTopic } from '../../core/topics.ts';
import type { StoreReader } from '../../stores/store.ts';

const patienceMs = 15_000;
const pauseMs = 50;

/**
 * Waits until the store has everything that the log says of dead letters now. Gives a sentence when it has not in time:
 * nothing is lost, it is shown later.
 */
export async function storeHasMarks({
  store,
  log,
}: {
  readonly store: Pick<StoreReader, 'account'>;
  readonly log: Pick<LogReader, 'ranges'>;
}): Promise<string | undefined> {
  const ends = await log.ranges([deadLetterMarksTopic, deadLettersTopic]);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const offsets = await offsetsOf(store);
    const isBehind = ends.some(
      ({ topic, partition, startOffset, endOffset }) =>
        endOffset > startOffset && (offsets?.[topic]?.[partition] ?? 0) < endOffset,
    );
    if (offsets !== undefined && !isBehind) return undefined;
    if (performance.now() > deadline)
      return 'It is in the log; the store does not show it yet: its sink does not run, or is behind.';
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Undefined while the store is away. */
async function offsetsOf(store: Pick<StoreReader, 'account'>): Promise<Offsets | undefined> {
  try {
    return (await store.account()).offsets;
  } catch (error) {
    if (isMillraceError(error) && error.retryable) return undefined;
    throw error;
  }
}
