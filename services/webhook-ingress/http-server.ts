import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { type ProblemKind, problems, problemText, refuse } from './refusal.ts';
import { secureOptions, type WebhookTls } from './secure-options.ts';

/**
 * Slow senders hold a connection and nothing else: headers come within 10 s, all of a request within 30 s. An idle
 * connection is kept longer than load balancers keep theirs (60 s), so that they are the ones that close.
 */
const bounds = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 2_000,
  noDelay: true,
} as const;
const maxConnections = 10_000;

/** Not yet listening. What is no HTTP at all is answered here too. */
export function createHttpServer(listener: RequestListener, tls: WebhookTls | undefined): Server {
  const server = tls
    ? createSecureServer(
        {
          ...bounds,
          ...secureOptions(tls),
          handshakeTimeout: bounds.headersTimeout,
        },
        listener,
      )
    : createServer(bounds, listener);
  server.maxConnections = maxConnections;
  // RFC 9110, 10.1.1: what is expected beyond 100-continue may be ignored. Node's own answer would have no document.
  server.on('checkExpectation', listener);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerNoHttp(error, socket as Socket),
  );
  return server as Server;
}

const problemByCode: Readonly<Record<string, [ProblemKind, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The headers should have at most 16 KB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    'request-too-slow',
    'The headers should come within 10 s, and all of the request within 30 s.',
  ],
};

function answerNoHttp({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [problem, detail] = problemByCode[code] ?? [
    'delivery-unreadable',
    'The request should be HTTP/1.1; it can not be read as such.',
  ];
  const { status } = problems[problem];
  const body = problemText(refuse(problem, detail), '');
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
