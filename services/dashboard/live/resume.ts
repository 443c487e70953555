import type { PartitionRange } from '../../../core/log/event-log.ts';
import type { ApiReset } from '../api-types.ts';
import { parseCursor } from './live-cursor.ts';
import type { Positions } from './positions.ts';

export type Resume =
  | { readonly kind: 'resume'; readonly positions: Positions }
  | ({ readonly kind: 'reset' } & ApiReset);

/** Whether the log can go on from a cursor without a gap. `ranges` are those of the topic, by partition. */
export function resumeFrom(
  text: string,
  log: { readonly id: string; readonly ranges: readonly PartitionRange[] },
): Resume {
  const cursor = parseCursor(text);
  if (cursor === undefined)
    return reset('cursor-invalid', 'The cursor is none that this feed has given.');
  if (cursor.logId !== log.id || cursor.positions.length !== log.ranges.length)
    return reset('other-log', 'The cursor is of another log than the one that is read now.');
  const at = (range: PartitionRange) => cursor.positions[range.partition] ?? 0;
  if (log.ranges.some((range) => at(range) > range.endOffset))
    return reset('other-log', 'The cursor is further than the log: this is an older copy of it.');
  if (log.ranges.some((range) => at(range) < range.startOffset))
    return reset('expired', 'The log no longer holds what came right after the cursor.');
  return { kind: 'resume', positions: cursor.positions };
}

function reset(reason: ApiReset['reason'], detail: string): Resume {
  return { kind: 'reset', reason, detail };
}
