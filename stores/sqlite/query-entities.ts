import type { DatabaseSync } from 'node:sqlite';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { toEntityState } from '../latest-state.ts';
import type { Box, EntityQuery, EntityState, Page } from '../store.ts';
import { boxAround, boxHolds, distanceMetres } from './distance.ts';
import { stateFromText } from './state-text.ts';

type Filter = Omit<EntityQuery, 'limit' | 'cursor'>;

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Entities by type and id, one page. */
export function queryEntities(db: DatabaseSync, query: EntityQuery): Page<EntityState> {
  const conditions = conditionsOf(query);
  if (query.cursor !== undefined) {
    const [type, key] = decodeCursor(query.cursor, ['string', 'string']);
    conditions.push({ sql: '(type, key) > (?, ?)', values: [String(type), String(key)] });
  }
  const items: EntityState[] = [];
  for (const entity of matching(db, query, conditions)) {
    // One more than the page tells whether there is another.
    if (items.length === query.limit) return { items, nextCursor: cursorAfter(items) };
    items.push(entity);
  }
  return { items, nextCursor: null };
}

export function queryAllEntities(db: DatabaseSync, filter: Filter): readonly EntityState[] {
  return [...matching(db, filter, conditionsOf(filter))];
}

export function queryEntity(
  db: DatabaseSync,
  entityType: string,
  entityId: string,
): EntityState | undefined {
  const row = db
    .prepare('SELECT state FROM entities WHERE type = ? AND key = ?')
    .get(entityType, entityId);
  return row && toEntityState(entityType, entityId, stateFromText(String(row.state)));
}

function cursorAfter(items: readonly EntityState[]): string | null {
  const last = items.at(-1);
  return last ? encodeCursor([last.entityType, last.entityId]) : null;
}

function* matching(
  db: DatabaseSync,
  filter: Filter,
  conditions: readonly Condition[],
): Generator<EntityState> {
  const where = conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'TRUE';
  const statement = db.prepare(
    `SELECT type, key, lat, lon, state FROM entities WHERE ${where} ORDER BY type, key`,
  );
  for (const row of statement.iterate(...conditions.flatMap(({ values }) => values))) {
    if (!isPlaced(filter, row.lat, row.lon)) continue;
    yield toEntityState(String(row.type), String(row.key), stateFromText(String(row.state)));
  }
}

/** The index gives candidates; the position decides. */
function isPlaced({ box, near }: Filter, lat: unknown, lon: unknown): boolean {
  if (box === undefined && near === undefined) return true;
  if (lat === null || lon === null) return false;
  const place = { lat: Number(lat), lon: Number(lon) };
  if (box && !boxHolds(box, place)) return false;
  return near === undefined || distanceMetres(near, place) <= near.withinMetres;
}

function conditionsOf({ entityType, box, near, zone }: Filter): Condition[] {
  const conditions: Condition[] = [];
  if (entityType !== undefined) conditions.push({ sql: 'type = ?', values: [entityType] });
  if (zone !== undefined)
    conditions.push({ sql: 'id IN (SELECT entity FROM zones WHERE zone = ?)', values: [zone] });
  if (box) conditions.push(indexed(box));
  if (near) conditions.push(indexed(boxAround(near, near.withinMetres)));
  return conditions;
}

/** Candidates of the R*Tree. A box across the antimeridian is two; one that touches it touches both its sides. */
function indexed({ west, south, east, north }: Box): Condition {
  const spans: [number, number][] = [];
  if (west <= east) spans.push([west, east]);
  else spans.push([west, 180], [-180, east]);
  if (spans.some(([, to]) => to >= 180)) spans.push([-180, -180]);
  if (spans.some(([from]) => from <= -180)) spans.push([180, 180]);
  const one =
    'SELECT entity FROM places WHERE max_lon >= ? AND min_lon <= ? AND max_lat >= ? AND min_lat <= ?';
  return {
    sql: `id IN (${spans.map(() => one).join(' UNION ')})`,
    values: spans.flatMap(([from, to]) => [from, to, south, north]),
  };
}
