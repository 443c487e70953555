import { z } from 'zod';
import { nearestName } from '../../../core/config/nearest-name.ts';
import type { Series, SeriesFunction } from '../../../stores/store.ts';
import type { ApiSeries } from '../api-types.ts';
import { problemAnswer, seriesAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { formatTime } from './api-time.ts';
import {
  countParameter,
  entityParameter,
  nameParameter,
  repeated,
  spanParameter,
  timeParameter,
} from './query-types.ts';
import type { ReferenceTables } from './reference-tables.ts';
import { refuse } from './zod-compilers.ts';

const functions = [
  'mean',
  'min',
  'max',
  'last',
  'count',
  'p95',
] as const satisfies SeriesFunction[];
const hourMicros = 3_600_000_000;

const seriesQuery = z.strictObject({
  entity: repeated(entityParameter, 100),
  field: repeated(nameParameter, 50).transform((texts) => [
    ...new Set(texts.flatMap((text) => text.split(',')).filter((name) => name !== '')),
  ]),
  from: timeParameter.exactOptional(),
  to: timeParameter.exactOptional(),
  every: spanParameter.exactOptional(),
  fn: z.enum(functions, { error: `one of ${functions.join(', ')}` }).default('mean'),
  maxPoints: countParameter(10_000, 1000),
});

/** Fields of every entity that are not in its model. */
const placeFields = ['lat', 'lon', 'altitude'];

export function seriesRoutes(server: ApiServer, parts: ApiParts): void {
  const { store, reference, context } = parts;
  server.get(
    '/api/v1/series',
    {
      schema: {
        tags: ['series'],
        summary: 'History of fields, downsampled where there is more than maxPoints',
        querystring: seriesQuery,
        response: { 200: seriesAnswer, 400: problemAnswer },
      },
    },
    async (request) => {
      const { entity, field, every, fn, maxPoints } = request.query;
      const to = request.query.to ?? context.now();
      const from = request.query.from ?? to - hourMicros;
      if (from >= to)
        throw refuse('query.from', `earlier than to (${formatTime(to)})`, formatTime(from));
      for (const { entityType } of entity) checkFields(reference, entityType, field);
      const series = await store.series({
        entities: entity,
        fields: field,
        from,
        to,
        fn,
        maxPoints,
        ...(every === undefined ? {} : { everyMs: every }),
      });
      return { series: series.map((one) => toApiSeries(one, fn, reference)) };
    },
  );
}

/** A field that the model doesn't know would be an empty chart without a reason. */
function checkFields(reference: ReferenceTables, entityType: string, fields: readonly string[]) {
  if (fields.length === 0) throw refuse('query.field', 'names of fields', 'empty');
  const model = reference.model(entityType);
  if (model === undefined) return;
  const known = [...model.fields.map(({ name }) => name), ...placeFields];
  const unknown = fields.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  throw refuse(
    'query.field',
    `fields of ${entityType} (${known.join(', ')})`,
    `${JSON.stringify(unknown)}${nearest === undefined ? '' : `, perhaps meant as ${nearest}`}`,
  );
}

function toApiSeries(series: Series, fn: SeriesFunction, reference: ReferenceTables): ApiSeries {
  const field = reference
    .model(series.entityType)
    ?.fields.find(({ name }) => name === series.field);
  const isCount = fn === 'count' && series.everyMs !== null;
  return {
    entityType: series.entityType,
    entityId: series.entityId,
    field: series.field,
    unit: isCount ? null : (field?.unit ?? null),
    everyMs: series.everyMs,
    points: series.points.filter(
      ([, value]) => typeof value !== 'number' || Number.isFinite(value),
    ),
    band: series.band,
  };
}
