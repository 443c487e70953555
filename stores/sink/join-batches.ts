import type { LogRecord, RecordBatch } from '../../core/log/event-log.ts';

const maxRecords = 4000;

/** The same records in fewer batches: neighbours of one partition as one, up to a bound, in order. */
export function joinBatches(batches: readonly RecordBatch[]): RecordBatch[] {
  const joined: { batch: RecordBatch; records: LogRecord[] }[] = [];
  const open = new Map<string, number>();
  for (const batch of batches) {
    const name = `${batch.topic}/${batch.partition}`;
    const index = open.get(name);
    const into = index === undefined ? undefined : joined[index];
    if (into && into.records.length + batch.records.length <= maxRecords) {
      for (const record of batch.records) into.records.push(record);
      into.batch = batch;
    } else {
      open.set(name, joined.push({ batch, records: [...batch.records] }) - 1);
    }
  }
  return joined.map(({ batch, records }) => ({ ...batch, records }));
}
