import type pg from 'pg';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { Box, EntityQuery, EntityState, Page } from '../store.ts';
import { micros } from './micros.ts';
import type { EntityColumns } from './state-columns.ts';
import { servingTables } from './tables.ts';

type Filter = Omit<EntityQuery, 'limit' | 'cursor'>;
type Queryable = Pick<pg.ClientBase, 'query'>;

interface EntityRow extends EntityColumns {
  readonly entity_type: string;
  readonly entity_id: string;
  readonly observed_at: string;
  readonly field_times: Record<string, number>;
}

const select = `SELECT entity_type, entity_id, source, ${micros('observed_at')} AS observed_at,
  ${micros('received_at')} AS received_at, numbers, flags, texts, tags, lat, lon, altitude, zones, field_times
  FROM ${servingTables.entities}`;

/** Entities by type and id, one page. `postgis`: the schema that the extension stands in. */
export async function queryEntities(
  client: Queryable,
  postgis: string,
  query: EntityQuery,
): Promise<Page<EntityState>> {
  const where = new Conditions();
  addFilter(where, postgis, query);
  if (query.cursor !== undefined) {
    const [type, id] = decodeCursor(query.cursor, ['string', 'string']);
    where.add(({ value }) => `(entity_type, entity_id) > (${value(type)}, ${value(id)})`);
  }
  // One more than the page tells whether there is another.
  const found = await matching(client, where, query.limit + 1);
  if (found.length <= query.limit) return { items: found, nextCursor: null };
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return { items, nextCursor: last ? encodeCursor([last.entityType, last.entityId]) : null };
}

export async function queryAllEntities(
  client: Queryable,
  postgis: string,
  filter: Filter,
): Promise<readonly EntityState[]> {
  const where = new Conditions();
  addFilter(where, postgis, filter);
  return matching(client, where);
}

export async function queryEntity(
  client: Queryable,
  entityType: string,
  entityId: string,
): Promise<EntityState | undefined> {
  const where = new Conditions();
  where.add(({ value }) => `entity_type = ${value(entityType)} AND entity_id = ${value(entityId)}`);
  return (await matching(client, where))[0];
}

/** Conditions of a WHERE with their values. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #sql: string[] = [];

  add(condition: (to: { value: (value: unknown) => string }) => string): void {
    this.#sql.push(`(${condition({ value: (value) => `$${this.values.push(value)}` })})`);
  }

  get sql(): string {
    return this.#sql.join(' AND ') || 'TRUE';
  }
}

async function matching(
  client: Queryable,
  where: Conditions,
  limit?: number,
): Promise<EntityState[]> {
  const { rows } = await client.query<EntityRow>(
    `${select} WHERE ${where.sql} ORDER BY entity_type, entity_id ${limit === undefined ? '' : `LIMIT ${Math.floor(limit)}`}`,
    where.values,
  );
  return rows.map(toEntityState);
}

function addFilter(where: Conditions, postgis: string, filter: Filter): void {
  const { entityType, zone, box, near } = filter;
  if (entityType !== undefined) where.add(({ value }) => `entity_type = ${value(entityType)}`);
  if (zone !== undefined) where.add(({ value }) => `zones @> ARRAY[${value(zone)}::text]`);
  if (near) addWithin(where, postgis, near);
  if (box) addBox(where, postgis, box);
}

/** On the sphere, as the embedded store measures. */
function addWithin(
  where: Conditions,
  postgis: string,
  { lon, lat, withinMetres }: { lon: number; lat: number; withinMetres: number },
): void {
  where.add(
    ({ value }) => `${postgis}.ST_DWithin(position, ${postgis}.ST_SetSRID(
      ${postgis}.ST_MakePoint(${value(lon)}, ${value(lat)}), 4326)::${postgis}.geography, ${value(withinMetres)}, false)`,
  );
}

const earthRadiusMetres = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/**
 * A box is bounded by parallels, which no geography is. The index gives those within the circle around it; lat and lon
 * decide. Longitudes 180 and -180 are one meridian, on both sides of a box.
 */
function addBox(where: Conditions, postgis: string, box: Box): void {
  const { west, south, east, north } = box;
  const width = west <= east ? east - west : east - west + 360;
  // Of a wider one the corners are not what lies farthest from its middle; it holds so much that an index is no help.
  if (width <= 90) addWithin(where, postgis, circleAround(box, width));
  where.add(({ value }) => `lat BETWEEN ${value(south)} AND ${value(north)}`);
  where.add(({ value }) => {
    const [from, to] = [value(west), value(east)];
    const spans = (lon: string) =>
      west <= east ? `${lon} BETWEEN ${from} AND ${to}` : `(${lon} >= ${from} OR ${lon} <= ${to})`;
    return `${spans('lon')} OR (abs(lon) = 180 AND ${spans('-lon')})`;
  });
}

/** Its middle, and the way to the farther of its corners. */
function circleAround({ west, south, north }: Box, width: number) {
  const middle = west + width / 2;
  const lon = middle > 180 ? middle - 360 : middle;
  const lat = (south + north) / 2;
  const toCorner = (cornerLat: number) => {
    const sinLat = Math.sin(radians(cornerLat - lat) / 2);
    const sinLon = Math.sin(radians(width / 2) / 2);
    const h = sinLat ** 2 + Math.cos(radians(lat)) * Math.cos(radians(cornerLat)) * sinLon ** 2;
    return 2 * earthRadiusMetres * Math.asin(Math.min(1, Math.sqrt(h)));
  };
  // A little more, for what rounding takes.
  const withinMetres = Math.max(toCorner(south), toCorner(north)) * 1.000001 + 1;
  return { lon, lat, withinMetres };
}

function toEntityState(row: EntityRow): EntityState {
  const { lat, lon, altitude } = row;
  return {
    entityType: row.entity_type,
    entityId: row.entity_id,
    source: row.source,
    observedAt: Number(row.observed_at),
    receivedAt: Number(row.received_at),
    numbers: row.numbers,
    flags: row.flags,
    texts: row.texts,
    tags: row.tags,
    position: lat === null || lon === null ? null : { lat, lon, altitude },
    zones: row.zones,
    fieldTimes: row.field_times,
  };
}
