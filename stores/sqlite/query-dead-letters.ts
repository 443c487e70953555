import type { DatabaseSync } from 'node:sqlite';
import type { Offsets } from '../../core/log/event-log.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type {
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterQuery,
  Page,
  StoredDeadLetter,
} from '../store.ts';
import { readOffsets } from './store-account.ts';

type Row = Record<string, unknown>;

/** A letter that has died since it was marked is open again. */
const state = `CASE WHEN m.dead_at >= d.dead_at THEN m.state ELSE 'open' END`;
const withMarks = 'dead_letters d LEFT JOIN dead_letter_marks m ON m.id = d.id';
/** A store that an older Millrace wrote, and that no writer has opened since. */
const withoutMarks = `dead_letters d LEFT JOIN (SELECT NULL AS id, NULL AS state, NULL AS dead_at, NULL AS at,
  NULL AS action, NULL AS reason) m ON m.id = d.id`;

function letters(db: DatabaseSync): string {
  const marks = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'dead_letter_marks'").get();
  return marks === undefined ? withoutMarks : withMarks;
}

const columns = `d.*, ${state} AS state, m.at AS marked_at, m.action AS mark_action, m.reason AS mark_reason`;

interface Condition {
  readonly texts: string[];
  readonly values: (string | number)[];
}

function conditionOf(filter: DeadLetterFilter): Condition {
  const texts: string[] = [];
  const values: (string | number)[] = [];
  const add = (text: string, value: string | number | undefined) => {
    if (value === undefined) return;
    texts.push(text);
    values.push(value);
  };
  add('d.source = ?', filter.source);
  add('d.stage = ?', filter.stage);
  add('d.reason = ?', filter.reason);
  add(`${state} = ?`, filter.state);
  add('d.id IN (SELECT value FROM json_each(?))', filter.ids && JSON.stringify(filter.ids));
  add('d.dead_at >= ?', filter.from);
  add('d.dead_at < ?', filter.to);
  return { texts, values };
}

/** One page. */
export function queryDeadLetters(db: DatabaseSync, query: DeadLetterQuery): Page<StoredDeadLetter> {
  const { texts, values } = conditionOf(query);
  const [order, beyond] = query.oldestFirst ? ['ASC', '>'] : ['DESC', '<'];
  if (query.cursor !== undefined) {
    const [deadAt, id] = decodeCursor(query.cursor, ['number', 'string']);
    texts.push(`(d.dead_at, d.id) ${beyond} (?, ?)`);
    values.push(Number(deadAt), String(id));
  }
  const rows = db
    .prepare(
      `SELECT ${columns} FROM ${letters(db)} WHERE ${texts.join(' AND ') || 'TRUE'}
        ORDER BY d.dead_at ${order}, d.id ${order} LIMIT ?`,
    )
    .all(...values, query.limit + 1);
  const items = rows.slice(0, query.limit).map(toStoredLetter);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.deadAt, last.id]) : null };
}

export function queryDeadLetter(db: DatabaseSync, id: string): StoredDeadLetter | undefined {
  const row = db.prepare(`SELECT ${columns} FROM ${letters(db)} WHERE d.id = ?`).get(id);
  return row && toStoredLetter(row);
}

/** The largest group first. */
export function queryDeadLetterGroups(
  db: DatabaseSync,
  filter: DeadLetterFilter,
): DeadLetterGroup[] {
  const { texts, values } = conditionOf(filter);
  const rows = db
    .prepare(
      `SELECT source, stage, reason, count(*) AS letters, sum(state = 'open') AS open,
          sum(state = 'replayed') AS replayed, sum(state = 'discarded') AS discarded,
          min(dead_at) AS first_at, max(dead_at) AS last_at
        FROM (SELECT d.source, d.stage, d.reason, d.dead_at, ${state} AS state FROM ${letters(db)}
          WHERE ${texts.join(' AND ') || 'TRUE'})
        GROUP BY source, stage, reason ORDER BY letters DESC, source, stage, reason`,
    )
    .all(...values);
  return rows.map((row) => ({
    source: String(row.source),
    stage: String(row.stage),
    reason: String(row.reason),
    count: Number(row.letters),
    open: Number(row.open),
    replayed: Number(row.replayed),
    discarded: Number(row.discarded),
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

function toStoredLetter(row: Row): StoredDeadLetter {
  const bytes = row.bytes as Uint8Array;
  const textOrNull = (name: string) => (row[name] === null ? null : String(row[name]));
  const numberOrNull = (name: string) => (row[name] == null ? null : Number(row[name]));
  const state = row.state as StoredDeadLetter['state'];
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
    part: numberOrNull('part'),
    parts: numberOrNull('parts'),
    state,
    mark:
      state === 'open'
        ? null
        : {
            at: Number(row.marked_at),
            action: String(row.mark_action),
            reason: String(row.mark_reason),
          },
  };
}
