import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { accessPolicy } from './access/access-policy.ts';
import { createServer } from './api/create-server.ts';
import { ReferenceTables } from './api/reference-tables.ts';
import { DashboardService } from './dashboard-service.ts';
import { LiveHub } from './live/live-hub.ts';
import { liveMetrics as createLiveMetrics } from './live/live-metrics.ts';

/**
 * The page, its API, the live feed and the schema registry, on `MILLRACE_HOST`:`MILLRACE_HTTP_PORT`. The log's topics
 * must be there. Rejects with `PORT_TAKEN`, `ADDRESS_UNPROTECTED` or what the log's reading rejects with.
 */
export async function startDashboard(context: ServiceContext): Promise<DashboardService> {
  const { log, settings, events, metrics, now, pipeline } = context;
  const policy = accessPolicy(settings);
  const store = openSqliteReader({ folder: settings.dataDir });
  const reference = await ReferenceTables.open(log, events);
  const ledger = await openLedgerView({
    log,
    sinks: [{ name: 'sqlite-sink', account: () => store.account() }],
    ingressDeadLetters: async () => (await store.ingressDeadLetters()).sources,
    sourceNames: Object.keys(pipeline.sources),
  });
  const liveMetrics = createLiveMetrics(metrics);
  const hub = new LiveHub({ log, events, now, metrics: liveMetrics });
  const services = (): readonly Service[] => context.services?.() ?? [service];
  const parts = { context, store, reference, ledger, hub, liveMetrics };
  const server = await createServer({ parts, policy, services });
  const service = new DashboardService({ server, hub, reference, ledger, store, context });
  await service.listen();
  return service;
}
