import { z } from 'zod';
import { entityAnswer, entityDetailAnswer, listOf, problemAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { Problem } from './problem.ts';
import {
  boxParameter,
  countParameter,
  metresParameter,
  nameParameter,
  placeParameter,
  typeParameter,
} from './query-types.ts';
import { toApiEntity, toApiEntityDetail } from './to-api-entity.ts';
import { refuse } from './zod-compilers.ts';

const entitiesQuery = z.strictObject({
  type: typeParameter.exactOptional(),
  bbox: boxParameter.exactOptional(),
  zone: nameParameter.exactOptional(),
  near: placeParameter.exactOptional(),
  within: metresParameter.exactOptional(),
  limit: countParameter(1000, 100),
  cursor: nameParameter.exactOptional(),
});

export function entitiesRoutes(server: ApiServer, { store }: ApiParts): void {
  server.get(
    '/api/v1/entities',
    {
      schema: {
        tags: ['entities'],
        summary: 'The latest of each entity, merged per field',
        querystring: entitiesQuery,
        response: { 200: listOf(entityAnswer), 400: problemAnswer },
      },
    },
    async (request) => {
      const { type, bbox, zone, near, within, limit, cursor } = request.query;
      if ((near === undefined) !== (within === undefined))
        throw near === undefined
          ? refuse('query.near', 'given together with within', 'missing')
          : refuse('query.within', 'a distance in metres, given together with near', 'missing');
      const page = await store.entities({
        limit,
        ...(type === undefined ? {} : { entityType: type }),
        ...(bbox === undefined ? {} : { box: bbox }),
        ...(zone === undefined ? {} : { zone }),
        ...(near === undefined || within === undefined
          ? {}
          : { near: { ...near, withinMetres: within } }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(toApiEntity), nextCursor: page.nextCursor };
    },
  );

  server.get(
    // The id may hold slashes, encoded or not.
    '/api/v1/entities/:entityType/*',
    {
      schema: {
        tags: ['entities'],
        summary: "One entity, with each field's own time",
        params: z.object({
          entityType: typeParameter,
          '*': nameParameter.meta({ description: 'The entityId, percent-encoded.' }),
        }),
        response: { 200: entityDetailAnswer, 404: problemAnswer },
      },
    },
    async (request) => {
      const { entityType, '*': entityId } = request.params;
      const state = await store.entity(entityType, entityId);
      if (state === undefined)
        throw new Problem(
          'not-found',
          `There is no reading of an entity ${entityType}/${entityId}.`,
        );
      return toApiEntityDetail(state);
    },
  );
}
