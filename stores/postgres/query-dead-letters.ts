import type pg from 'pg';
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
import { micros } from './micros.ts';
import { readOffsets } from './read-account.ts';
import { servingTables } from './tables.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

interface LetterRow {
  readonly id: string;
  readonly source: string;
  readonly stage: string;
  readonly reason: string;
  readonly detail: string;
  readonly place: string | null;
  readonly topic: string | null;
  readonly content_type: string;
  readonly bytes: Buffer;
  readonly total_bytes: string;
  readonly sha256: string | null;
  readonly event_id: string | null;
  readonly received_at: string;
  readonly dead_at: string;
  readonly part: number | null;
  readonly parts: number | null;
  readonly state: StoredDeadLetter['state'];
  readonly marked_at: string | null;
  readonly mark_action: string | null;
  readonly mark_reason: string | null;
}

/** A letter that has died since it was marked is open again. */
const state = `CASE WHEN m.dead_at >= d.dead_at THEN m.state ELSE 'open' END`;
const letters = `${servingTables.dead_letters} d LEFT JOIN ${servingTables.dead_letter_marks} m ON m.id = d.id`;

const select = `SELECT d.id, d.source, d.stage, d.reason, d.detail, d.place, d.topic, d.content_type, d.bytes,
  d.total_bytes, d.sha256, d.event_id, ${micros('d.received_at')} AS received_at, ${micros('d.dead_at')} AS dead_at,
  d.part, d.parts, ${state} AS state, ${micros('m.at')} AS marked_at, m.action AS mark_action, m.reason AS mark_reason
  FROM ${letters}`;

interface Condition {
  readonly texts: string[];
  readonly values: unknown[];
}

/** Exact: a double of seconds would not hold microseconds far from 1970. */
function timeOf(parameter: number): string {
  return `timestamptz '1970-01-01Z' + $${parameter} * interval '1 microsecond'`;
}

function conditionOf(filter: DeadLetterFilter): Condition {
  const texts: string[] = [];
  const values: unknown[] = [];
  const add = (value: unknown, text: (parameter: number) => string) => {
    if (value !== undefined) texts.push(text(values.push(value)));
  };
  add(filter.source, (n) => `d.source = $${n}`);
  add(filter.stage, (n) => `d.stage = $${n}`);
  add(filter.reason, (n) => `d.reason = $${n}`);
  add(filter.state, (n) => `${state} = $${n}`);
  add(filter.ids, (n) => `d.id = ANY($${n}::text[])`);
  add(filter.from, (n) => `d.dead_at >= ${timeOf(n)}`);
  add(filter.to, (n) => `d.dead_at < ${timeOf(n)}`);
  return { texts, values };
}

/** One page. */
export async function queryDeadLetters(
  client: Queryable,
  query: DeadLetterQuery,
): Promise<Page<StoredDeadLetter>> {
  const { texts, values } = conditionOf(query);
  const [order, beyond] = query.oldestFirst ? ['ASC', '>'] : ['DESC', '<'];
  if (query.cursor !== undefined) {
    const [deadAt, id] = decodeCursor(query.cursor, ['number', 'string']);
    const at = timeOf(values.push(deadAt));
    texts.push(`(d.dead_at, d.id) ${beyond} (${at}, $${values.push(id)})`);
  }
  const { rows } = await client.query<LetterRow>(
    `${select} WHERE ${texts.join(' AND ') || 'TRUE'}
      ORDER BY d.dead_at ${order}, d.id ${order} LIMIT ${Math.floor(query.limit) + 1}`,
    values,
  );
  const items = rows.slice(0, query.limit).map(toStoredLetter);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.deadAt, last.id]) : null };
}

export async function queryDeadLetter(
  client: Queryable,
  id: string,
): Promise<StoredDeadLetter | undefined> {
  const { rows } = await client.query<LetterRow>(`${select} WHERE d.id = $1`, [id]);
  return rows[0] && toStoredLetter(rows[0]);
}

/** The largest group first. */
export async function queryDeadLetterGroups(
  client: Queryable,
  filter: DeadLetterFilter,
): Promise<DeadLetterGroup[]> {
  const { texts, values } = conditionOf(filter);
  const { rows } = await client.query<Record<string, string>>(
    `SELECT source, stage, reason, count(*) AS letters, count(*) FILTER (WHERE state = 'open') AS open,
        count(*) FILTER (WHERE state = 'replayed') AS replayed,
        count(*) FILTER (WHERE state = 'discarded') AS discarded,
        ${micros('min(dead_at)')} AS first_at, ${micros('max(dead_at)')} AS last_at
      FROM (SELECT d.source, d.stage, d.reason, d.dead_at, ${state} AS state FROM ${letters}
        WHERE ${texts.join(' AND ') || 'TRUE'}) AS d
      GROUP BY source, stage, reason ORDER BY letters DESC, source, stage, reason`,
    values,
  );
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

/** Within a transaction that sees one state of the database. */
export async function queryIngressDeadLetters(
  client: Queryable,
): Promise<{ offsets: Offsets; sources: Readonly<Record<string, number>> }> {
  const { rows } = await client.query<{ source: string; dead_lettered: string }>(
    `SELECT source, sum(dead_lettered) AS dead_lettered FROM ${servingTables.ingress_counts} GROUP BY source ORDER BY source`,
  );
  const offsets = await readOffsets(client, servingTables);
  return {
    offsets: { [deadLettersTopic]: offsets[deadLettersTopic] ?? {} },
    sources: Object.fromEntries(
      rows.map(({ source, dead_lettered }) => [source, Number(dead_lettered)]),
    ),
  };
}

function toStoredLetter(row: LetterRow): StoredDeadLetter {
  return {
    id: row.id,
    source: row.source,
    stage: row.stage,
    reason: row.reason,
    detail: row.detail,
    place: row.place,
    topic: row.topic,
    contentType: row.content_type,
    bytes: row.bytes,
    totalBytes: Number(row.total_bytes),
    sha256: row.sha256,
    eventId: row.event_id,
    receivedAt: Number(row.received_at),
    deadAt: Number(row.dead_at),
    part: row.part,
    parts: row.parts,
    state: row.state,
    mark:
      row.state === 'open'
        ? null
        : {
            at: Number(row.marked_at),
            action: String(row.mark_action),
            reason: String(row.mark_reason),
          },
  };
}
