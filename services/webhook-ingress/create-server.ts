import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { opsAnswer, opsPaths } from '../../core/ops-answer.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { type Answer, type Door, methodRefusal } from './door.ts';
import { createHttpServer } from './http-server.ts';
import { isRefusal, problems, problemText, type Refusal, refuse, refuseForNow } from './refusal.ts';
import type { RefusalNotice } from './refusal-notice.ts';
import type { WebhookTls } from './secure-options.ts';
import type { AnswerKind, WebhookMetrics } from './webhook-metrics.ts';
import type { WebhookSource } from './webhook-source.ts';

export interface ServerParts {
  readonly context: ServiceContext;
  readonly sources: ReadonlyMap<string, WebhookSource>;
  readonly door: Door;
  readonly notice: RefusalNotice;
  readonly metrics: WebhookMetrics;
  readonly tls: WebhookTls | undefined;
  /** Whether `/metrics` is for everyone who reaches this port. */
  readonly showsMetrics: boolean;
  readonly service: () => Service;
}

const json = 'application/json; charset=utf-8';
const duplicateText = JSON.stringify({ duplicate: true });

/** The whole of the ingress's HTTP, not yet listening. */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    serverFactory: (listener) => createHttpServer(listener, parts.tls),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // While it stops deliveries get an answer of ours.
    return503OnClosing: false,
    frameworkErrors: (_error, request, reply) => {
      send(parts, '', request, reply, notFound());
    },
  });
  // Bodies are read by the door, as bytes, whatever they say that they are.
  for (const method of METHODS.filter((one) => !['GET', 'HEAD', 'TRACE', 'CONNECT'].includes(one)))
    server.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  webhookRoute(server, parts);
  opsRoutes(server, parts);
  server.setNotFoundHandler((request, reply) => answerElse(parts, request, reply));
  server.setErrorHandler((error, request, reply) => failed(parts, '', request, reply, error));
  return server;
}

function webhookRoute(server: FastifyInstance, parts: ServerParts): void {
  const { sources, door } = parts;
  server.post<{ Params: { source: string } }>('/webhooks/:source', (request, reply) => {
    const source = sources.get(request.params.source);
    if (source === undefined) {
      send(parts, '', request, reply, unknownSource());
      return;
    }
    door.take(source, request.raw).then(
      (answer) => send(parts, source.name, request, reply, answer),
      (error: unknown) => failed(parts, source.name, request, reply, error),
    );
  });
}

/** Every other method, and every other path. */
function answerElse(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): void {
  const [, name] = /^\/webhooks\/([^/?]+)\/?(?:\?|$)/.exec(request.url) ?? [];
  if (name === undefined) {
    send(parts, '', request, reply, notFound());
    return;
  }
  const source = parts.sources.get(name);
  const { method } = request;
  const answer =
    source === undefined
      ? unknownSource()
      : source.methods.split(', ').includes(method)
        ? parts.door.greet(source, request.raw)
        : methodRefusal(source, method);
  send(parts, source?.name ?? '', request, reply, answer);
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

/** The one place where a request is answered. */
function send(
  { metrics, notice, door }: ServerParts,
  source: string,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): void {
  metrics.countAnswer(source, kindOf(answer));
  // A connection that stayed would hold up the stop.
  if (door.isShut) reply.header('connection', 'close');
  if (typeof answer === 'number') {
    // ACK: the log has all that the delivery became.
    reply.code(202).header('content-type', json).send(`{"accepted":${answer}}`);
  } else if (answer === 'duplicate') {
    reply.code(200).header('content-type', json).send(duplicateText);
  } else if (answer === undefined) {
    // Nobody is there to be answered.
    reply.hijack();
    request.raw.socket.destroy();
  } else if (isRefusal(answer)) {
    const requestId = requestIdOf(request);
    notice.tell(source, answer, requestId);
    sendRefusal(reply, request, answer, requestId);
  } else {
    reply.code(answer.status).headers(answer.headers).send(answer.body);
  }
}

function sendRefusal(
  reply: FastifyReply,
  request: FastifyRequest,
  refusal: Refusal,
  requestId: string,
): void {
  const { problem, retryAfterSeconds, headers, closes } = refusal;
  reply.code(problems[problem].status).header('content-type', 'application/problem+json');
  reply.header('x-request-id', requestId);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (headers) reply.headers(headers);
  // What has not been read of the body can't be told from the next request.
  if (closes || hasMuchUnread(request)) reply.header('connection', 'close');
  reply.send(problemText(refusal, requestId));
}

/** Of a request that was answered before its body came: a short one is thrown away, and the connection goes on. */
function hasMuchUnread({ raw }: FastifyRequest): boolean {
  const declared = Number(raw.headers['content-length'] ?? 0);
  return !raw.complete && (declared > 65_536 || raw.headers['transfer-encoding'] !== undefined);
}

/** What the log rejects with, or a bug: either way the delivery may not be durable. */
function failed(
  parts: ServerParts,
  source: string,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): void {
  const { name = '', code } = error as { name?: string; code?: unknown };
  if (name === 'MillraceError' || name === 'LogSlow') {
    send(parts, source, request, reply, refuseForNow(whyAway(name, code)));
    return;
  }
  parts.context.events.error('webhook.failed', {
    message: `A delivery${source === '' ? '' : ` for ${source}`} could not be answered. It was not accepted, and its sender has it still.`,
    requestId: requestIdOf(request),
    error,
  });
  send(
    parts,
    source,
    request,
    reply,
    refuse('request-failed', 'What went wrong stands in the log under the event webhook.failed.'),
  );
}

function whyAway(name: string, code: unknown): string {
  if (name === 'LogSlow') return 'The log did not answer in time; send it again.';
  return code === 'LOG_FULL'
    ? 'The log has no room at present; send it again.'
    : 'The log can not be written at present; send it again.';
}

function kindOf(answer: Answer): AnswerKind {
  if (typeof answer === 'number') return 'accepted';
  if (answer === 'duplicate') return answer;
  if (answer === undefined) return 'aborted';
  return isRefusal(answer) ? answer.problem : 'handshake';
}

/** The sender's, where it gives one that may stand in a log line. */
function requestIdOf({ headers }: FastifyRequest): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}

const notFound = () => refuse('not-found', 'Deliveries are sent to POST /webhooks/<source>.');
const unknownSource = () =>
  refuse('source-unknown', 'The configuration has no source of this name with webhook: {...}.');
