import { MillraceError } from '../../errors.ts';
import { maxRecordBytes, type NewRecord } from '../event-log.ts';
import type { Catalog } from './catalog.ts';
import { recordHeaderBytes } from './record-blob.ts';

/** Bytes that the records take, about. Throws `TOPIC_UNKNOWN` or `RECORD_TOO_LARGE`. */
export function checkRecords(catalog: Catalog, records: readonly NewRecord[]): number {
  let total = 0;
  for (const { topic, key, value } of records) {
    if (!catalog.find(topic)) catalog.topic(topic);
    const valueBytes = value?.length ?? 0;
    const least = key.length + valueBytes;
    // A character has 3 bytes at most, so short records need no exact count.
    if (least * 3 > maxRecordBytes) checkSize(topic, key, valueBytes);
    total += recordHeaderBytes + least;
  }
  return total;
}

function checkSize(topic: string, key: string, valueBytes: number): void {
  const bytes = Buffer.byteLength(key) + valueBytes;
  if (bytes <= maxRecordBytes) return;
  throw new MillraceError(
    'RECORD_TOO_LARGE',
    `A record of ${topic} with key ${key.slice(0, 100)} has ${bytes} bytes; at most ${maxRecordBytes} fit, key and value together. Cut it before it is written.`,
  );
}
