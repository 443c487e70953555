import { MillraceError } from '../../core/errors.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import type { StoreWriter } from '../../stores/store.ts';

/**
 * A store that stands further than its log was fed by a newer copy of it: the log would give those offsets again, and
 * the store would pass over what was accepted under them. Called at the start, before anything is accepted.
 * Throws `DATA_DAMAGED`.
 */
export async function refuseStoreAhead(parts: {
  readonly log: EventLog;
  readonly writer: StoreWriter;
  readonly topics: readonly string[];
  readonly folder: string;
}): Promise<void> {
  const { log, writer, topics, folder } = parts;
  const { offsets } = await writer.account();
  for (const { topic, partition, endOffset } of await log.ranges(topics)) {
    const next = offsets[topic]?.[partition] ?? 0;
    if (next <= endOffset) continue;
    throw new MillraceError(
      'DATA_DAMAGED',
      `The store in ${folder} has read ${topic}/${partition} up to offset ${next}, and the log there ends at ${endOffset}: the log is an older copy than the store. ` +
        'Put the store.db of the same backup beside it, or keep a copy of store.db and run `millrace rebuild`, which makes the store anew from this log.',
    );
  }
}
