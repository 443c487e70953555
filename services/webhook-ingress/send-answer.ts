import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Events } from '../../core/events.ts';
import type { Answer, Door } from './door.ts';
import { isRefusal, problems, problemText, type Refusal, refuse, refuseForNow } from './refusal.ts';
import type { RefusalNotice } from './refusal-notice.ts';
import type { AnswerKind, WebhookMetrics } from './webhook-metrics.ts';

export interface AnswerParts {
  readonly door: Pick<Door, 'isShut'>;
  readonly notice: RefusalNotice;
  readonly metrics: WebhookMetrics;
  readonly events: Events;
}

/** One request, and the source that it is for: empty where there is none of that name. */
export interface Exchange {
  readonly source: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const json = 'application/json; charset=utf-8';
const duplicateText = JSON.stringify({ duplicate: true });

/** The one place where a request to a webhook is answered. */
export function sendAnswer(parts: AnswerParts, exchange: Exchange, answer: Answer): void {
  const { source, request, response } = exchange;
  parts.metrics.countAnswer(source, kindOf(answer));
  // A connection that stayed would hold up the stop.
  if (parts.door.isShut) response.setHeader('connection', 'close');
  if (typeof answer === 'number') {
    // ACK: the log has all that the delivery became.
    sendAscii(response, 202, `{"accepted":${answer}}`);
  } else if (answer === 'duplicate') {
    sendAscii(response, 200, duplicateText);
  } else if (answer === undefined) {
    // Nobody is there to be answered.
    request.socket.destroy();
  } else if (isRefusal(answer)) {
    sendRefusal(parts.notice, exchange, answer);
  } else {
    send(response, answer.status, answer.headers, answer.body);
  }
}

/** What the log rejects with, or a bug: either way the delivery may not be durable. */
export function sendFailure(parts: AnswerParts, exchange: Exchange, error: unknown): void {
  const { name = '', code } = error as { name?: string; code?: unknown };
  if (name === 'MillraceError' || name === 'LogSlow') {
    sendAnswer(parts, exchange, refuseForNow(whyAway(name, code)));
    return;
  }
  const { source, request } = exchange;
  parts.events.error('webhook.failed', {
    message: `A delivery${source === '' ? '' : ` for ${source}`} could not be answered. It was not accepted, and its sender has it still.`,
    requestId: requestIdOf(request),
    error,
  });
  const detail = 'What went wrong stands in the log under the event webhook.failed.';
  sendAnswer(parts, exchange, refuse('request-failed', detail));
}

/** Node writes letters of a byte each a microsecond quicker. */
function sendAscii(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': json, 'content-length': body.length });
  response.end(body, 'latin1');
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: string,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function sendRefusal(
  notice: RefusalNotice,
  { source, request, response }: Exchange,
  refusal: Refusal,
): void {
  const { problem, retryAfterSeconds, headers, closes } = refusal;
  const requestId = requestIdOf(request);
  notice.tell(source, refusal, requestId);
  const given = {
    ...headers,
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
    ...(retryAfterSeconds !== undefined && { 'retry-after': retryAfterSeconds }),
    // What has not been read of the body can't be told from the next request.
    ...((closes || hasMuchUnread(request)) && { connection: 'close' }),
  };
  send(response, problems[problem].status, given, problemText(refusal, requestId));
}

/** Of a request that was answered before its body came: a short one is thrown away, and the connection goes on. */
function hasMuchUnread({ complete, headers }: IncomingMessage): boolean {
  const declared = Number(headers['content-length'] ?? 0);
  return !complete && (declared > 65_536 || headers['transfer-encoding'] !== undefined);
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
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}
