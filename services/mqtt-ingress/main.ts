import { randomBytes } from 'node:crypto';
import { IngressTally } from '../../core/ledger/ingress-tally.ts';
import type { ServiceContext } from '../../core/service.ts';
import { BrokerState } from './broker-state.ts';
import { FormatMemories } from './format-memories.ts';
import { IngressMetrics } from './ingress-metrics.ts';
import { Intake } from './intake.ts';
import { MqttDb } from './mqtt-db.ts';
import { MqttIngress } from './mqtt-ingress.ts';
import { createOutsideSubscriber } from './outside-subscriber.ts';
import { createOwnBroker } from './own-broker.ts';
import { SourceMatcher } from './source-matcher.ts';

/**
 * Takes packets at our own broker and from an outside one, as the settings say, and puts their readings into the log.
 * One at a time on a data folder: throws `DATA_DIR_IN_USE`.
 */
export async function startMqttIngress(context: ServiceContext): Promise<MqttIngress> {
  // Hexadecimal: what it becomes part of stays letters and digits.
  const instance = randomBytes(9).toString('hex');
  let given = 0;
  const random = () => `${instance}${(given++).toString(36)}`;
  const db = new MqttDb(context.settings.dataDir);
  const metrics = new IngressMetrics(context.metrics);
  const state = new BrokerState(db, metrics);
  const intake = new Intake({
    ...context,
    matcher: new SourceMatcher(context.pipeline.sources),
    tally: new IngressTally(instance),
    metrics,
    memories: new FormatMemories({ db, onRefused: () => metrics.countMemoryRefused() }),
    random,
    retain: (packets) => state.saveRetained(packets),
    onSettled: () => ingress.reconsider(),
  });
  const broker = createOwnBroker({ ...context, intake, state });
  const subscriber = createOutsideSubscriber({ ...context, intake, db, random });
  const ingress = new MqttIngress({ context, db, intake, broker, subscriber });
  await ingress.start();
  return ingress;
}
