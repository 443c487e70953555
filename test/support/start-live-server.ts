import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { LiveClient } from '../../services/dashboard/live/live-client.ts';
import type { LiveFilter } from '../../services/dashboard/live/live-filter.ts';
import { LiveHub, type LiveHubOptions } from '../../services/dashboard/live/live-hub.ts';
import { type LiveMetrics, liveMetrics } from '../../services/dashboard/live/live-metrics.ts';
import { LiveOutput } from '../../services/dashboard/live/live-output.ts';
import { StoreReturn } from '../../services/dashboard/live/store-return.ts';
import type { StoreReader } from '../../stores/store.ts';

export interface LiveServerOptions
  extends Pick<LiveHubOptions, 'bounds' | 'heartbeatMs' | 'lingerMs'> {
  readonly log: EventLog;
  readonly store: StoreReader;
  readonly filter?: Partial<LiveFilter>;
  readonly stallMs?: number;
}

export interface LiveServer {
  readonly url: string;
  readonly metrics: LiveMetrics;
  stop(): Promise<void>;
}

/** The live feed alone, with bounds small enough to be met. `?lastEventId=` is its one parameter. */
export async function startLiveServer(options: LiveServerOptions): Promise<LiveServer> {
  const registry = new Registry();
  const metrics = liveMetrics(registry);
  const events = createEvents({ level: 'silent', metrics: registry });
  const hub = new LiveHub({ events, metrics, now: () => Date.now() * 1000, ...options });
  const storeReturn = new StoreReturn(options.store, options.log, { everyMs: 20 });
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://live');
    const output = new LiveOutput(response, {
      stallMs: options.stallMs ?? 30_000,
      onStall: () => metrics.cutOff.inc(),
    });
    const client = new LiveClient({
      hub,
      store: options.store,
      storeReturn,
      filter: { types: undefined, entities: undefined, box: undefined, ...options.filter },
      cursor: searchParams.get('lastEventId') ?? undefined,
      output,
    });
    response.once('close', () => client.end());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    client.run().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    metrics,
    stop: async () => {
      hub.close();
      storeReturn.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
