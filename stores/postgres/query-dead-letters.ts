import type pg from 'pg';
import type { DeadLetter } from '../../core/dead-letter.ts';
import type { Offsets } from '../../core/log/event-log.ts';
import { deadLettersTopic } from '../../core/topics.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { DeadLetterGroup, DeadLetterQuery, Page } from '../store.ts';
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
}

const select = `SELECT id, source, stage, reason, detail, place, topic, content_type, bytes, total_bytes, sha256, event_id,
  ${micros('received_at')} AS received_at, ${micros('d.dead_at')} AS dead_at FROM ${servingTables.dead_letters} d`;

/** Newest first, one page. */
export async function queryDeadLetters(
  client: Queryable,
  query: DeadLetterQuery,
): Promise<Page<DeadLetter>> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  for (const name of ['source', 'stage', 'reason'] as const) {
    if (query[name] !== undefined) conditions.push(`${name} = $${values.push(query[name])}`);
  }
  if (query.cursor !== undefined) {
    const [deadAt, id] = decodeCursor(query.cursor, ['number', 'string']);
    // Exact: a double of seconds would not hold microseconds far from 1970.
    const at = `timestamptz '1970-01-01Z' + $${values.push(deadAt)} * interval '1 microsecond'`;
    conditions.push(`(d.dead_at, id) < (${at}, $${values.push(id)})`);
  }
  const { rows } = await client.query<LetterRow>(
    `${select} WHERE ${conditions.join(' AND ') || 'TRUE'} ORDER BY d.dead_at DESC, id DESC LIMIT ${Math.floor(query.limit) + 1}`,
    values,
  );
  const items = rows.slice(0, query.limit).map(toDeadLetter);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.deadAt, last.id]) : null };
}

export async function queryDeadLetter(
  client: Queryable,
  id: string,
): Promise<DeadLetter | undefined> {
  const { rows } = await client.query<LetterRow>(`${select} WHERE id = $1`, [id]);
  return rows[0] && toDeadLetter(rows[0]);
}

/** The largest group first. */
export async function queryDeadLetterGroups(client: Queryable): Promise<DeadLetterGroup[]> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT source, stage, reason, count(*) AS letters, ${micros('min(dead_at)')} AS first_at,
      ${micros('max(dead_at)')} AS last_at FROM ${servingTables.dead_letters}
      GROUP BY source, stage, reason ORDER BY letters DESC, source, stage, reason`,
  );
  return rows.map((row) => ({
    source: String(row.source),
    stage: String(row.stage),
    reason: String(row.reason),
    count: Number(row.letters),
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

function toDeadLetter(row: LetterRow): DeadLetter {
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
  };
}
