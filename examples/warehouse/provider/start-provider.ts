import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from './api.ts';
import { inventoryApi } from './inventory-api.ts';
import { movementsApi } from './movements-api.ts';
import { purchasingApi } from './purchasing-api.ts';
import { createWorld } from './world.ts';

export interface ProviderOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Something is moved so often; 0: nothing ever. */
  readonly turnMs: number;
  readonly client: { readonly id: string; readonly secret: string };
  readonly apiKey: string;
  readonly user: { readonly name: string; readonly password: string };
}

export interface Provider {
  readonly port: number;
  readonly requests: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** The three APIs of the example on one real HTTP server of this machine. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const world = createWorld(Date.now());
  const apis: Readonly<Record<string, Api>> = {
    inventory: inventoryApi(world, options.client),
    purchasing: purchasingApi(world, options.apiKey),
    wms: movementsApi(world, options.user),
  };
  const requests = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = url.pathname.split('/')[1] ?? '';
    requests.set(name, (requests.get(name) ?? 0) + 1);
    const headers = request.headers as Record<string, string | undefined>;
    const body = Buffer.concat(chunks).toString();
    const answer = apis[name]?.({
      ...{ method: request.method ?? 'GET', url, headers, body },
      nowMs: Date.now(),
    }) ?? { status: 404 };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body);
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const turning =
    options.turnMs > 0 ? setInterval(() => world.turn(Date.now()), options.turnMs) : undefined;
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      clearInterval(turning);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
