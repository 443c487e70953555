import { MillraceError } from '../errors.ts';
import { maxRecordBytes, type NewRecord } from './event-log.ts';

/** Throws `RECORD_TOO_LARGE` for a record that no log takes. */
export function checkRecordSize({ topic, key, value }: NewRecord): void {
  const valueBytes = value?.length ?? 0;
  // A character has 3 bytes at most, so short records need no exact count.
  if ((key.length + valueBytes) * 3 <= maxRecordBytes) return;
  const bytes = Buffer.byteLength(key) + valueBytes;
  if (bytes <= maxRecordBytes) return;
  throw new MillraceError(
    'RECORD_TOO_LARGE',
    `A record of ${topic} with key ${key.slice(0, 100)} has ${bytes} bytes; at most ${maxRecordBytes} fit, key and value together. Cut it before it is written.`,
  );
}
