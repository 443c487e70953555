import { MillraceError } from '../../core/errors.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import type { StoreWriter } from '../store.ts';

/**
 * A store that stands further than its log was fed by a newer copy of it: the log would give those offsets again, and
 * the store would pass over what was accepted under them. Called at the start, before anything is accepted.
 * Throws `DATA_DAMAGED`.
 */
export async function refuseStoreAhead(parts: {
  readonly log: EventLog;
  readonly writer: StoreWriter;
  readonly topics: readonly string[];
  /** Names the store to people: `The store in .millrace`. */
  readonly store: string;
  /** What to do about it. */
  readonly remedy: string;
}): Promise<void> {
  const { log, writer, topics, store, remedy } = parts;
  const { offsets } = await writer.account();
  for (const { topic, partition, endOffset } of await log.ranges(topics)) {
    const next = offsets[topic]?.[partition] ?? 0;
    if (next <= endOffset) continue;
    throw new MillraceError(
      'DATA_DAMAGED',
      `${store} has read ${topic}/${partition} up to offset ${next}, and the log ends at ${endOffset}: the log is an older copy than the store. ${remedy}`,
    );
  }
}
