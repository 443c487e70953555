import { chooseWindow, windowOf } from '../series-windows.ts';
import type { Series, SeriesQuery } from '../store.ts';
import { type EntityFacts, findEntities } from './find-entities.ts';
import { ask } from './influx-ask.ts';
import type { InfluxConnection } from './influx-connection.ts';
import type { StatementAnswer } from './influx-ql.ts';
import { readTag } from './read-tag.ts';

type SeriesValues = Pick<Series, 'everyMs' | 'points' | 'band'>;
type Point = Series['points'][number];

/** One field of one entity, on its way. */
interface Part {
  readonly entity: EntityFacts;
  readonly field: string;
  /** By which it is downsampled when it must be. */
  readonly everyMs: number;
  values: SeriesValues;
}

const empty: SeriesValues = { everyMs: null, points: [], band: null };
/** InfluxQL's own times are 64-bit nanoseconds; beyond such a length there is but one window. */
const longestGroupMs = 9e12;

/**
 * Each entity and field asked for, in that order; entities that InfluxDB doesn't know have no series. The same answers
 * as the SQLite store gives: readings as they are while they are few enough, else windows aligned to the epoch.
 */
export async function querySeries(
  connection: InfluxConnection,
  query: SeriesQuery,
): Promise<Series[]> {
  const entities = await findEntities(connection, query);
  const parts = entities.flatMap((entity) =>
    query.fields.map(
      (field): Part => ({ entity, field, everyMs: windowFor(entity, query), values: empty }),
    ),
  );
  const held = parts.filter(({ entity }) => entity.span !== undefined);
  const tooMany = query.everyMs === undefined ? await readReadings(connection, query, held) : held;
  await readWindows(connection, query, tooMany);
  for (const part of held.filter(({ entity, field }) => !entity.fieldTypes.has(field)))
    part.values = await readTag(connection, part.entity, {
      tag: part.field,
      fn: query.fn,
      maxPoints: Math.max(1, query.maxPoints),
      everyMs: part.everyMs,
      windowsAsked: query.everyMs !== undefined,
    });
  return parts.map(({ entity: { entityType, entityId }, field, values }) => ({
    entityType,
    entityId,
    field,
    ...values,
  }));
}

function windowFor({ span }: EntityFacts, { maxPoints, everyMs }: SeriesQuery): number {
  if (span === undefined) return 0;
  return chooseWindow(span.first, span.last, Math.max(1, maxPoints), everyMs ?? 0);
}

/** Gives those that have more readings than points may be. */
async function readReadings(
  connection: InfluxConnection,
  query: SeriesQuery,
  parts: readonly Part[],
): Promise<readonly Part[]> {
  const maxPoints = Math.max(1, query.maxPoints);
  const present = parts.filter(({ entity, field }) => entity.fieldTypes.has(field));
  const answers = await ask(
    connection,
    present.map(
      ({ entity, field }) =>
        `SELECT ${entity.column(field)} FROM ${entity.from} ORDER BY time LIMIT ${maxPoints + 1}`,
    ),
  );
  return present.filter((part, index) => {
    const rows = rowsOf(answers[index]);
    if (rows.length > maxPoints) return true;
    const points = rows.map(([time, value]): Point => [Number(time) / 1000, value ?? '']);
    part.values = { everyMs: null, points, band: null };
    return false;
  });
}

const functions = {
  mean: (column: string) => `mean(${column})`,
  min: (column: string) => `min(${column})`,
  max: (column: string) => `max(${column})`,
  last: (column: string) => `last(${column})`,
  count: (column: string) => `count(${column})`,
  p95: (column: string) => `percentile(${column}, 95)`,
};

async function readWindows(
  connection: InfluxConnection,
  query: SeriesQuery,
  parts: readonly Part[],
): Promise<void> {
  const present = parts.filter(({ entity, field }) => entity.fieldTypes.has(field));
  for (const part of parts) part.values = { everyMs: part.everyMs, points: [], band: [] };
  const answers = await ask(
    connection,
    present.map(({ entity, field, everyMs }) => {
      const column = entity.column(field);
      const isNumber = entity.fieldTypes.get(field) === 'number';
      const hasValue = isNumber || query.fn === 'last' || query.fn === 'count';
      const value = hasValue ? functions[query.fn](column) : `count(${column})`;
      const band = isNumber ? `, min(${column}) AS low, max(${column}) AS high` : '';
      const group = everyMs <= longestGroupMs ? ` GROUP BY time(${everyMs}ms) fill(none)` : '';
      return `SELECT ${value} AS value${band} FROM ${entity.from}${group}`;
    }),
  );
  present.forEach((part, index) => {
    part.values = windowValues(part, query, rowsOf(answers[index]));
  });
}

function windowValues(
  { entity, field, everyMs }: Part,
  { fn }: SeriesQuery,
  rows: ReturnType<typeof rowsOf>,
): SeriesValues {
  const startOf = (time: number) =>
    everyMs <= longestGroupMs ? time / 1000 : windowOf(entity.span?.first ?? 0, everyMs) * everyMs;
  const points: Point[] = [];
  const band: [number, number][] = [];
  const isNumber = entity.fieldTypes.get(field) === 'number';
  for (const [time, value, low, high] of rows) {
    if (value === null || value === undefined) continue;
    if (isNumber) band.push([Number(low), Number(high)]);
    else if (fn !== 'last' && fn !== 'count') continue;
    points.push([startOf(Number(time)), value]);
  }
  return { everyMs, points, band: isNumber || rows.length === 0 ? band : null };
}

function rowsOf(answer: StatementAnswer | undefined) {
  return answer?.series[0]?.values ?? [];
}
