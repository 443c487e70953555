import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { opsAnswer, opsPaths } from '../../core/ops-answer.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { type Answer, type Door, methodRefusal } from './door.ts';
import { createHttpServer } from './http-server.ts';
import { refuse } from './refusal.ts';
import type { WebhookTls } from './secure-options.ts';
import { type AnswerParts, sendAnswer, sendFailure } from './send-answer.ts';
import type { WebhookSource } from './webhook-source.ts';

export interface ServerParts extends AnswerParts {
  readonly context: ServiceContext;
  readonly sources: ReadonlyMap<string, WebhookSource>;
  readonly door: Door;
  readonly tls: WebhookTls | undefined;
  /** Whether `/metrics` is for everyone who reaches this port. */
  readonly showsMetrics: boolean;
  readonly service: () => Service;
}

/** The whole of the ingress's HTTP, not yet listening. */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    serverFactory: (listener) => createHttpServer(shortWay(parts, listener), parts.tls),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // While it stops deliveries get an answer of ours.
    return503OnClosing: false,
    frameworkErrors: (_error, request, reply) => answer(parts, request, reply, notFound()),
  });
  // Bodies are read by the door, as bytes, whatever they say that they are.
  for (const method of METHODS.filter((one) => !['GET', 'HEAD', 'TRACE', 'CONNECT'].includes(one)))
    server.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  server.post<{ Params: { source: string } }>('/webhooks/:source', (request, reply) => {
    const source = parts.sources.get(request.params.source);
    if (source === undefined) return answer(parts, request, reply, unknownSource());
    reply.hijack();
    take(parts, source, request.raw, reply.raw);
  });
  opsRoutes(server, parts);
  server.setNotFoundHandler((request, reply) => answerElse(parts, request, reply));
  server.setErrorHandler((error, request, reply) => {
    reply.hijack();
    const exchange = { source: '', request: request.raw, response: reply.raw };
    sendFailure(parts, exchange, error);
  });
  return server;
}

/**
 * A delivery to the very address of a source goes to the door past the router: a tenth of what a delivery costs
 * (docs/decisions/0007).
 */
function shortWay(
  parts: ServerParts,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const byPath = new Map([...parts.sources.values()].map((source) => [source.path, source]));
  return (request: IncomingMessage, response: ServerResponse) => {
    const source = request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (source === undefined) listener(request, response);
    else take(parts, source, request, response);
  };
}

function take(
  parts: ServerParts,
  source: WebhookSource,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const exchange = { source: source.name, request, response };
  parts.door.take(source, request).then(
    (given) => sendAnswer(parts, exchange, given),
    (error: unknown) => sendFailure(parts, exchange, error),
  );
}

/** Every other method, and every other path. */
function answerElse(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): void {
  const [, name] = /^\/webhooks\/([^/?]+)\/?(?:\?|$)/.exec(request.url) ?? [];
  if (name === undefined) {
    answer(parts, request, reply, notFound());
    return;
  }
  const source = parts.sources.get(name);
  if (source === undefined) {
    answer(parts, request, reply, unknownSource());
    return;
  }
  const { method } = request;
  const isHandshake = source.handshakes.methods.some((one) => one === method);
  const given = isHandshake ? parts.door.greet(source, request.raw) : methodRefusal(source, method);
  answer(parts, request, reply, given, name);
}

function answer(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  given: Answer,
  source = '',
): void {
  reply.hijack();
  sendAnswer(parts, { source, request: request.raw, response: reply.raw }, given);
}

function opsRoutes(server: FastifyInstance, { context, service, showsMetrics }: ServerParts): void {
  const subject = { metrics: context.metrics, services: () => [service()] };
  for (const path of opsPaths) {
    if (path === '/metrics' && !showsMetrics) continue;
    server.get(path, async (_request, reply) => {
      const { status, contentType, body } = await opsAnswer(path, subject);
      return reply.code(status).header('content-type', contentType).send(body);
    });
  }
}

const notFound = () => refuse('not-found', 'Deliveries are sent to POST /webhooks/<source>.');
const unknownSource = () =>
  refuse('source-unknown', 'The configuration has no source of this name with webhook: {...}.');
