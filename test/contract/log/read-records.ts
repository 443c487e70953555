import type { LogReader, LogRecord, TailFrom } from '../../../core/log/event-log.ts';

export interface ReadRecord extends LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly text: string | null;
}

/** Everything that is in the topics now, by partition in order. */
export async function readAll(
  log: LogReader,
  topics: readonly string[],
  from: TailFrom = 'earliest',
): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  for await (const cut of log.tail(topics, { from })) {
    for (const { topic, partition, records } of cut.batches) {
      for (const record of records) {
        const text = record.value === null ? null : record.value.toString();
        found.push({ ...record, topic, partition, text });
      }
    }
    if (cut.atEnd) return found;
  }
  return found;
}

/** Reads until so many records have come. The test's own deadline ends a wait in vain. */
export async function readCount(
  log: LogReader,
  topics: readonly string[],
  count: number,
): Promise<ReadRecord[]> {
  let found: ReadRecord[] = [];
  for await (const cut of log.tail(topics, { from: 'earliest' })) {
    if (!cut.atEnd) continue;
    found = await readAll(log, topics);
    if (found.length >= count) return found;
  }
  return found;
}

export function textsByKey(records: readonly ReadRecord[]): Record<string, (string | null)[]> {
  const texts: Record<string, (string | null)[]> = {};
  for (const { key, text } of records) {
    const ofKey = texts[key] ?? [];
    ofKey.push(text);
    texts[key] = ofKey;
  }
  return texts;
}
