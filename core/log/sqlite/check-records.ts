import { checkRecordSize } from '../check-record-size.ts';
import type { NewRecord } from '../event-log.ts';
import type { Catalog } from './catalog.ts';
import { recordHeaderBytes } from './record-blob.ts';

/** Bytes that the records take, about. Throws `TOPIC_UNKNOWN` or `RECORD_TOO_LARGE`. */
export function checkRecords(catalog: Catalog, records: readonly NewRecord[]): number {
  let total = 0;
  for (const record of records) {
    const { topic, key, value } = record;
    if (!catalog.find(topic)) catalog.topic(topic);
    checkRecordSize(record);
    total += recordHeaderBytes + key.length + (value?.length ?? 0);
  }
  return total;
}
