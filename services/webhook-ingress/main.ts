import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { deliveriesKeptMs } from '../../core/config/deliveries-kept.ts';
import { IngressTally } from '../../core/ledger/ingress-tally.ts';
import { lockFolder } from '../../core/log/sqlite/lock-folder.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { ServiceContext } from '../../core/service.ts';
import { showGauge } from '../../core/shown-metrics.ts';
import { Acceptor } from './acceptor.ts';
import { ByteBudget } from './byte-budget.ts';
import { createServer } from './create-server.ts';
import { DeliveryBook } from './delivery-book.ts';
import { DeliveryDb } from './delivery-db.ts';
import { Door } from './door.ts';
import { Intake } from './intake.ts';
import { RefusalNotice } from './refusal-notice.ts';
import { refuseUnprotected } from './refuse-unprotected.ts';
import { WebhookIngress } from './webhook-ingress.ts';
import { WebhookMetrics } from './webhook-metrics.ts';
import { webhookSources } from './webhook-source.ts';

/** Bodies that are held at a time, over all requests, inflated ones too. */
const maxBodyBytes = 64 * 1024 * 1024;

/**
 * Takes deliveries at `MILLRACE_HOST`:`MILLRACE_WEBHOOK_PORT` and puts their readings into the log. One at a time on a
 * data folder. Throws `ADDRESS_UNPROTECTED`, `PORT_TAKEN`, `DATA_DIR_IN_USE`.
 */
export async function startWebhookIngress(context: ServiceContext): Promise<WebhookIngress> {
  const { pipeline, settings, events, now, log } = context;
  const sources = webhookSources(pipeline.sources);
  refuseUnprotected(settings, sources);
  // Hexadecimal: what it becomes part of stays letters and digits.
  const instance = randomBytes(9).toString('hex');
  let given = 0;
  const random = () => `${instance}${(given++).toString(36)}`;
  const folder = join(settings.dataDir, 'webhook-ingress');
  const lock = lockFolder(folder);
  const metrics = new WebhookMetrics(context.metrics);
  const budget = new ByteBudget(maxBodyBytes);
  const intake = new Intake({ log, tally: new IngressTally(instance), metrics, events, now });
  const keptMs = deliveriesKeptMs(pipeline.sources) ?? 0;
  const book = new DeliveryBook({ log, db: new DeliveryDb(folder), events, now, keptMs });
  const acceptor = new Acceptor({ intake, book, events, now, random });
  const door = new Door({ acceptor, intake, budget, now });
  const { webhookTls: tls } = settings;
  const server = createServer({
    context,
    events,
    sources,
    door,
    notice: new RefusalNotice(events, now),
    metrics,
    tls,
    showsMetrics: isLoopback(settings.host) || settings.trustNetwork,
    service: () => ingress,
  });
  const isSecure = tls !== undefined;
  const ingress = new WebhookIngress({ context, lock, server, door, intake, book, isSecure });
  showGauge(
    context.metrics,
    {
      name: 'millrace_webhook_held_bytes',
      help: 'Bytes of bodies that are being received or wait for the log.',
    },
    () => budget.held,
  );
  await ingress.start();
  return ingress;
}
