import type { DatabaseSync } from 'node:sqlite';
import type { SinkAccount, SinkCount } from '../store.ts';

/** The account as the file holds it; called within a transaction, or alone. */
export function readAccount(db: DatabaseSync): SinkAccount {
  const sources: Record<string, SinkCount> = {};
  for (const row of db.prepare('SELECT * FROM counts').all())
    sources[String(row.source)] = {
      stored: Number(row.stored),
      expired: Number(row.expired),
      deadLettered: Number(row.dead_lettered),
    };
  return { offsets: readOffsets(db), sources };
}

export function readOffsets(
  db: DatabaseSync,
): Readonly<Record<string, Readonly<Record<number, number>>>> {
  const offsets: Record<string, Record<number, number>> = {};
  for (const row of db.prepare('SELECT * FROM offsets').all()) {
    const topic = String(row.topic);
    const ofTopic = offsets[topic] ?? {};
    ofTopic[Number(row.partition)] = Number(row.next_offset);
    offsets[topic] = ofTopic;
  }
  return offsets;
}
