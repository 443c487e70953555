import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from './errors.ts';
import { isLoopback, listenError } from './loopback.ts';
import { type OpsPath, type OpsSubject, opsAnswer, opsPaths } from './ops-answer.ts';

export interface OpsServerOptions extends OpsSubject {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly trustNetwork: boolean;
}

export interface OpsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * `/livez`, `/readyz` and `/metrics` of a service that runs alone. It asks for no credentials, so beyond loopback it
 * must be told to trust the network. Throws `PORT_TAKEN` and `ADDRESS_UNPROTECTED`.
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { host, port, trustNetwork } = options;
  if (!isLoopback(host) && !trustNetwork)
    throw new MillraceError(
      'ADDRESS_UNPROTECTED',
      `/livez, /readyz and /metrics would be open to everyone who reaches ${host}. Bind to 127.0.0.1 with MILLRACE_HOST, or say that the network can be trusted with MILLRACE_TRUST_NETWORK=1.`,
    );
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://ops').pathname;
    const known = opsPaths.find((one): one is OpsPath => one === path);
    if (known === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(known === undefined ? 404 : 405, { 'content-type': 'text/plain' });
      response.end(`GET ${opsPaths.join(', ')} are here.\n`);
      return;
    }
    opsAnswer(known, options).then(
      ({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
        response.end(body);
      },
      (error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`${error instanceof Error ? error.message : String(error)}\n`);
      },
    );
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(listenError(error, { host, port, setting: 'MILLRACE_OPS_PORT' })),
    );
    server.listen(port, host, () => resolve());
  });
}
