import type { AddressInfo } from 'node:net';
import type { LedgerView } from '../../core/ledger/ledger-view.ts';
import { listenError } from '../../core/loopback.ts';
import type { Health, Service, ServiceContext } from '../../core/service.ts';
import type { StoreReader } from '../../stores/store.ts';
import type { ApiServer } from './api/api-parts.ts';
import type { ReferenceTables } from './api/reference-tables.ts';
import type { LiveHub } from './live/live-hub.ts';
import type { StoreReturn } from './live/store-return.ts';
import type { StoreWatch } from './store-watch.ts';

export interface DashboardServiceParts {
  readonly server: ApiServer;
  readonly hub: LiveHub;
  readonly reference: ReferenceTables;
  readonly ledger: LedgerView;
  readonly store: Pick<StoreReader, 'close'>;
  readonly storeReturn: StoreReturn;
  readonly watch: StoreWatch;
  readonly trial: { close(): Promise<void> };
  readonly context: ServiceContext;
}

export class DashboardService implements Service {
  readonly name = 'dashboard';
  readonly #parts: DashboardServiceParts;
  #listening = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: DashboardServiceParts) {
    this.#parts = parts;
  }

  /** Where the page is, as `http://127.0.0.1:8080`. */
  get url(): string {
    const { address, port, family } = this.#parts.server.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** When it fails everything that was opened is closed. */
  async listen(): Promise<void> {
    const { server, context } = this.#parts;
    const { host, httpPort: port } = context.settings;
    try {
      await server.listen({ host, port });
    } catch (error) {
      await this.stop();
      throw listenError(error, { host, port, setting: 'MILLRACE_HTTP_PORT' });
    }
    this.#listening = true;
    context.events.info('dashboard.listening', {
      message: `The dashboard is at ${this.url}`,
      url: this.url,
    });
  }

  /** A store that is away takes history from the page and not the live feed: it is ready, and says so. */
  health(): Health {
    if (this.#stopping !== undefined) return { ready: false, detail: 'The dashboard is stopping.' };
    if (!this.#listening) return { ready: false, detail: 'The dashboard does not listen yet.' };
    const { away } = this.#parts.watch;
    return away === undefined ? { ready: true } : { ready: true, detail: away };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { hub, server, ledger, reference, store, storeReturn, watch, trial } = this.#parts;
    watch.stop();
    storeReturn.close();
    hub.close();
    await server.close();
    await trial.close();
    ledger.close();
    reference.close();
    await store.close();
  }
}
