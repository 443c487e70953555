import { sinksOf } from '../../core/config/sinks-of.ts';
import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { accessPolicy } from './access/access-policy.ts';
import { createServer } from './api/create-server.ts';
import { ReferenceTables } from './api/reference-tables.ts';
import { DashboardService } from './dashboard-service.ts';
import { LiveHub } from './live/live-hub.ts';
import { liveMetrics as createLiveMetrics } from './live/live-metrics.ts';
import { StoreReturn } from './live/store-return.ts';
import { type OpenReadingTrial, openOnce, passEverything } from './open-once.ts';
import { startStoreWatch } from './store-watch.ts';

/**
 * The page, its API, the live feed and the schema registry, on `MILLRACE_HOST`:`MILLRACE_HTTP_PORT`. The log's topics
 * must be there; the stores may be away. Rejects with `PORT_TAKEN`, `ADDRESS_UNPROTECTED` or what the log's reading
 * rejects with. `openTrial`: what the enricher would make of a reading, for replays of dead letters; it is another service,
 * so whoever starts both hands it in.
 */
export async function startDashboard(
  context: ServiceContext,
  openTrial: OpenReadingTrial = passEverything,
): Promise<DashboardService> {
  const { log, settings, events, metrics, now, pipeline } = context;
  const policy = accessPolicy(settings);
  const store = openStoreReader({ settings });
  const reference = await ReferenceTables.open(log, events);
  const ledger = await openLedgerView({
    log,
    sinks: sinksOf(settings).map((name) => ({ name, account: store.accounts[name] })),
    ingressDeadLetters: async () => (await store.ingressDeadLetters()).sources,
    sourceNames: Object.keys(pipeline.sources),
  });
  const liveMetrics = createLiveMetrics(metrics);
  const hub = new LiveHub({ log, events, now, metrics: liveMetrics });
  const storeReturn = new StoreReturn(store, log);
  const watch = startStoreWatch(store, events);
  const services = (): readonly Service[] => context.services?.() ?? [service];
  const trial = openOnce(() => openTrial(context));
  const parts = { context, store, storeReturn, reference, ledger, hub, liveMetrics, trial };
  const server = await createServer({ parts, policy, services });
  const service = new DashboardService({ server, ...parts, watch });
  await service.listen();
  return service;
}
