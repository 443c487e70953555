import type { DatabaseSync } from 'node:sqlite';
import { SeriesBuilder } from '../series-builder.ts';
import { chooseWindow } from '../series-windows.ts';
import type { Series, SeriesQuery } from '../store.ts';
import { bodyDecoder, type ReadingBody } from './reading-body.ts';

/** Each entity and field asked for, in that order; entities that the store doesn't know have no series. */
export function querySeries(db: DatabaseSync, query: SeriesQuery): Series[] {
  const find = db.prepare('SELECT id FROM entities WHERE type = ? AND key = ?');
  const decode = decoders(db);
  return query.entities.flatMap(({ entityType, entityId }) => {
    const id = find.get(entityType, entityId)?.id;
    if (id === undefined) return [];
    const builders = buildSeries(db, Number(id), query, decode);
    return query.fields.map((field, index) => ({
      entityType,
      entityId,
      field,
      ...(builders[index]?.finish() ?? { everyMs: null, points: [], band: null }),
    }));
  });
}

type Decode = (origin: number, body: Buffer) => ReadingBody;

function buildSeries(
  db: DatabaseSync,
  entity: number,
  query: SeriesQuery,
  decode: Decode,
): SeriesBuilder[] {
  const maxPoints = Math.max(1, query.maxPoints);
  const span = db
    .prepare(
      `SELECT (SELECT min(observed_at) FROM history WHERE entity = ?1 AND observed_at >= ?2 AND observed_at < ?3) AS first,
        (SELECT max(observed_at) FROM history WHERE entity = ?1 AND observed_at >= ?2 AND observed_at < ?3) AS last`,
    )
    .get(entity, query.from, query.to);
  if (span?.first == null) return [];
  const everyMs = chooseWindow(
    Number(span.first),
    Number(span.last),
    maxPoints,
    query.everyMs ?? 0,
  );
  const windowsAsked = query.everyMs !== undefined;
  const builders = query.fields.map(
    () => new SeriesBuilder({ fn: query.fn, maxPoints, everyMs, windowsAsked }),
  );
  const rows = db.prepare(
    'SELECT observed_at, event_id, origin, body FROM history WHERE entity = ? AND observed_at >= ? AND observed_at < ? ORDER BY observed_at',
  );
  rows.setReturnArrays(true);
  for (const row of rows.iterate(entity, query.from, query.to)) {
    const [observedAt, eventId, origin, body] = row as unknown as [
      number,
      string,
      number,
      Uint8Array,
    ];
    const reading = decode(origin, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    for (let index = 0; index < builders.length; index++) {
      const value = fieldValue(reading, query.fields[index] ?? '');
      if (value !== undefined)
        builders[index]?.add({ observedAt, seq: reading.seq, eventId, value });
    }
  }
  return builders;
}

function fieldValue(reading: ReadingBody, field: string): number | boolean | string | undefined {
  // A field may be asked for by any name, `constructor` too.
  for (const values of [reading.numbers, reading.flags, reading.texts, reading.tags])
    if (Object.hasOwn(values, field)) return values[field];
  return positionField(reading, field);
}

function positionField({ position }: ReadingBody, field: string): number | undefined {
  if (position === null) return undefined;
  if (field === 'lat' || field === 'lon') return position[field];
  return field === 'altitude' ? (position.altitude ?? undefined) : undefined;
}

function decoders(db: DatabaseSync): Decode {
  const bySchema = new Map<number, ReturnType<typeof bodyDecoder>>();
  const byOrigin = new Map<number, ReturnType<typeof bodyDecoder>>();
  for (const row of db.prepare('SELECT id, schema_id FROM origins').all()) {
    const schemaId = Number(row.schema_id);
    const decode = bySchema.get(schemaId) ?? bodyDecoder(schemaId);
    bySchema.set(schemaId, decode);
    byOrigin.set(Number(row.id), decode);
  }
  return (origin, body) => {
    const decode = byOrigin.get(origin);
    if (decode === undefined)
      throw new RangeError(`History names origin ${origin}, which isn't there.`);
    return decode(body);
  };
}
