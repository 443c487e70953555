import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from '../../core/dead-letter.ts';
import type { Offsets } from '../../core/log/event-log.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { DeadLetterGroup, DeadLetterQuery, Page } from '../store.ts';
import { readOffsets } from './store-account.ts';

type Row = Record<string, unknown>;

/** Newest first, one page. */
export function queryDeadLetters(db: DatabaseSync, query: DeadLetterQuery): Page<DeadLetter> {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  for (const name of ['source', 'stage', 'reason'] as const) {
    const wanted = query[name];
    if (wanted === undefined) continue;
    conditions.push(`${name} = ?`);
    values.push(wanted);
  }
  if (query.cursor !== undefined) {
    const [deadAt, id] = decodeCursor(query.cursor, ['number', 'string']);
    conditions.push('(dead_at, id) < (?, ?)');
    values.push(Number(deadAt), String(id));
  }
  const rows = db
    .prepare(
      `SELECT * FROM dead_letters WHERE ${conditions.join(' AND ') || 'TRUE'} ORDER BY dead_at DESC, id DESC LIMIT ?`,
    )
    .all(...values, query.limit + 1);
  const items = rows.slice(0, query.limit).map(toDeadLetter);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.deadAt, last.id]) : null };
}

export function queryDeadLetter(db: DatabaseSync, id: string): DeadLetter | undefined {
  const row = db.prepare('SELECT * FROM dead_letters WHERE id = ?').get(id);
  return row && toDeadLetter(row);
}

/** The largest group first. */
export function queryDeadLetterGroups(db: DatabaseSync): DeadLetterGroup[] {
  const rows = db
    .prepare(
      `SELECT source, stage, reason, count(*) AS letters, min(dead_at) AS first_at, max(dead_at) AS last_at
        FROM dead_letters GROUP BY source, stage, reason ORDER BY letters DESC, source, stage, reason`,
    )
    .all();
  return rows.map((row) => ({
    source: String(row.source),
    stage: String(row.stage),
    reason: String(row.reason),
    count: Number(row.letters),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
  }));
}

export function queryIngressDeadLetters(db: DatabaseSync): {
  offsets: Offsets;
  sources: Readonly<Record<string, number>>;
} {
  const counted = db.prepare('SELECT * FROM ingress_counts').all();
  return {
    offsets: { [deadLettersTopic]: readOffsets(db)[deadLettersTopic] ?? {} },
    sources: Object.fromEntries(
      counted.map((row) => [String(row.source), Number(row.dead_lettered)]),
    ),
  };
}

function toDeadLetter(row: Row): DeadLetter {
  const bytes = row.bytes as Uint8Array;
  const textOrNull = (name: string) => (row[name] === null ? null : String(row[name]));
  return {
    id: String(row.id),
    source: String(row.source),
    stage: String(row.stage),
    reason: String(row.reason),
    detail: String(row.detail),
    place: textOrNull('place'),
    topic: textOrNull('topic'),
    contentType: String(row.content_type),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    totalBytes: Number(row.total_bytes),
    sha256: textOrNull('sha256'),
    eventId: textOrNull('event_id'),
    receivedAt: Number(row.received_at),
    deadAt: Number(row.dead_at),
  };
}
