import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { entityKey } from '../../../core/reading.ts';
import { LiveClient } from '../live/live-client.ts';
import { LiveOutput } from '../live/live-output.ts';
import { problemAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { Problem } from './problem.ts';
import {
  boxParameter,
  entityParameter,
  nameParameter,
  repeated,
  typeParameter,
} from './query-types.ts';

const liveQuery = z.strictObject({
  type: repeated(typeParameter, 100).exactOptional(),
  bbox: boxParameter.exactOptional(),
  entity: repeated(entityParameter, 100).exactOptional(),
  lastEventId: nameParameter
    .exactOptional()
    .meta({ description: 'As the header Last-Event-ID, which counts more.' }),
});

const maxClients = 500;
const stallMs = 30_000;

export function liveRoute(server: ApiServer, parts: ApiParts): void {
  const { hub, store, storeReturn, liveMetrics, context } = parts;
  server.get(
    '/api/v1/live',
    {
      // A HEAD would open a stream that never ends.
      exposeHeadRoute: false,
      schema: {
        tags: ['live'],
        summary: 'Server-sent events: snapshot, then reading; reset when the cursor is too old',
        produces: ['text/event-stream'],
        querystring: liveQuery,
        response: {
          200: z.string().meta({ description: 'As ApiLiveEvents in api-types.ts.' }),
          503: problemAnswer,
        },
      },
    },
    async (request, reply) => {
      if (hub.size >= maxClients)
        throw new Problem('too-many-clients', `${maxClients} clients follow the feed already.`);
      const { type, bbox, entity, lastEventId } = request.query;
      const header = request.headers['last-event-id'];
      reply.hijack();
      beginEvents(reply.raw, reply.getHeaders());
      const output = new LiveOutput(reply.raw, {
        stallMs,
        onStall: () => liveMetrics.cutOff.inc(),
      });
      const client = new LiveClient({
        hub,
        store,
        storeReturn,
        output,
        filter: { types: type, entities: entity?.map(entityKey), box: bbox },
        cursor: (typeof header === 'string' && header !== '' ? header : undefined) ?? lastEventId,
      });
      reply.raw.once('close', () => client.end());
      client.run().catch((error: unknown) => {
        context.events.warn('live.client-failed', {
          message: 'A client of the live feed was let go; it comes back by its cursor.',
          error,
        });
        reply.raw.destroy();
      });
    },
  );
}

function beginEvents(response: ServerResponse, headers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(headers))
    if (typeof value === 'string') response.setHeader(name, value);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // nginx holds a stream back otherwise.
    'x-accel-buffering': 'no',
  });
  response.write('retry: 1000\n\n');
}
