import { MillraceError } from '../errors.ts';
import type { PartitionRange } from './event-log.ts';

/**
 * Where a reader starts that says by itself where it stands.
 * Throws `DATA_DAMAGED` when it stands beyond the end: what came later under those offsets would be passed over.
 */
export function startOffset(asked: number, range: Omit<PartitionRange, 'startOffset'>): number {
  const { topic, partition, endOffset } = range;
  if (asked <= endOffset) return asked;
  throw new MillraceError(
    'DATA_DAMAGED',
    `A reader has read ${topic}/${partition} up to offset ${asked}, and the log ends at ${endOffset}: the log is an older copy, or was made anew. Put back a backup of both, or remove what the reader has stored and let it read again.`,
  );
}
