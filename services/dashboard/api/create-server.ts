import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify } from 'fastify';
import { opsAnswer, opsPaths } from '../../../core/ops-answer.ts';
import type { Service } from '../../../core/service.ts';
import type { AccessPolicy } from '../access/access-policy.ts';
import { guard } from '../access/guard.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { deadLetterActionsRoutes } from './dead-letter-actions-routes.ts';
import { deadLettersRoutes } from './dead-letters-routes.ts';
import { entitiesRoutes } from './entities-routes.ts';
import { liveRoute } from './live-route.ts';
import { pageRoutes } from './page-routes.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { pollsRoutes } from './polls-routes.ts';
import { Problem, problemDocument } from './problem.ts';
import { referenceRoutes } from './reference-routes.ts';
import { registryRoutes } from './registry-routes.ts';
import { securityHeaders } from './security-headers.ts';
import { seriesRoutes } from './series-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import {
  describeSchema,
  jsonSerializer,
  nameWildcard,
  type ZodTypes,
  zodValidator,
} from './zod-compilers.ts';

export interface ServerOptions {
  readonly parts: ApiParts;
  readonly policy: AccessPolicy;
  /** Every service of this process, for `/readyz`. */
  readonly services: () => readonly Service[];
}

/** The whole of the dashboard's HTTP, not yet listening. */
export async function createServer({ parts, policy, services }: ServerOptions): Promise<ApiServer> {
  const server = fastify({
    bodyLimit: 1_000_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 10_000, ignoreTrailingSlash: true },
  }).withTypeProvider<ZodTypes>();
  server.setValidatorCompiler(zodValidator);
  server.setSerializerCompiler(jsonSerializer);
  protect(server, parts, policy);
  answerProblems(server, parts);
  await describe(server);
  entitiesRoutes(server, parts);
  seriesRoutes(server, parts);
  referenceRoutes(server, parts);
  liveRoute(server, parts);
  sessionRoutes(server, parts, policy);
  deadLettersRoutes(server, parts);
  deadLetterActionsRoutes(server, parts);
  pipelineRoutes(server, parts);
  pollsRoutes(server, parts);
  registryRoutes(server, parts.context.settings);
  opsRoutes(server, parts, services);
  await pageRoutes(server);
  return server;
}

function protect(server: ApiServer, { context }: ApiParts, policy: AccessPolicy): void {
  const headers = securityHeaders(context.pipeline);
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    guard(policy, request, context.now() / 1000);
  });
}

function answerProblems(server: ApiServer, { context }: ApiParts): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = problemDocument(error);
    if (problem.status === 500)
      context.events.error('api.failed', {
        message: `${request.method} ${request.routeOptions.url ?? ''} could not be answered.`,
        error,
      });
    if (problem.status === 503) reply.header('retry-after', '5');
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="millrace"');
    reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  server.setNotFoundHandler((request) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}. What there is stands in /docs.`,
    );
  });
  // What clients of a schema registry send.
  server.addContentTypeParser(
    /^application\/vnd\.schemaregistry/,
    { parseAs: 'string' },
    server.getDefaultJsonParser('error', 'error'),
  );
}

/** The page's mark, with the name beside it, in the place of the library's own. */
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 32" width="128" height="32" fill="none" stroke="#fff">
<path d="M4 10c3.3 0 3.3-3 6.7-3s3.3 3 6.7 3 3.3-3 6.6-3M4 17c3.3 0 3.3-3 6.7-3s3.3 3 6.7 3 3.3-3 6.6-3M4 24c3.3 0 3.3-3 6.7-3s3.3 3 6.7 3 3.3-3 6.6-3" stroke-width="2.2" stroke-linecap="round"/>
<text x="36" y="22" fill="#fff" stroke="none" font-family="system-ui, sans-serif" font-size="18" font-weight="600">Millrace</text></svg>`;

async function describe(server: ApiServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        description: 'Entities, their history and their live feed. Errors are RFC 9457 documents.',
        version: '1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: ({ schema, url }) => ({
      schema: nameWildcard(describeSchema(schema ?? {}), 'entityId'),
      url: url.replace(/\*$/, ':entityId'),
    }),
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Millrace: the API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(mark), href: '/' },
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}

function opsRoutes(server: ApiServer, { context }: ApiParts, services: () => readonly Service[]) {
  for (const path of opsPaths)
    server.get(
      path,
      { config: { open: path !== '/metrics' }, schema: { hide: true } },
      async (_request, reply) => {
        const answer = await opsAnswer(path, { metrics: context.metrics, services });
        return reply.code(answer.status).type(answer.contentType).send(answer.body);
      },
    );
}
