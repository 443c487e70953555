import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { IngressTally } from '../../core/ledger/ingress-tally.ts';
import { IngressMetrics } from '../../services/mqtt-ingress/ingress-metrics.ts';
import { Intake } from '../../services/mqtt-ingress/intake.ts';
import { MqttDb } from '../../services/mqtt-ingress/mqtt-db.ts';
import type { ProtocolVersion } from '../../services/mqtt-ingress/outside-connection.ts';
import { OutsideSubscriber } from '../../services/mqtt-ingress/outside-subscriber.ts';
import { SourceMatcher } from '../../services/mqtt-ingress/source-matcher.ts';
import { type IngressRig, numberedPipeline } from './ingress-rig.ts';
import { until } from './until.ts';

export interface SubscriberChoice {
  readonly rig: IngressRig;
  readonly url: string;
  readonly clientId: string;
  readonly protocolVersion: ProtocolVersion;
  readonly wanted: readonly string[];
  readonly ca?: string;
}

export interface StartedSubscriber {
  /** As the service stops it: drained, disconnected, its session left at the broker. */
  stop(): Promise<void>;
}

/** A subscriber into the rig's log, as the service makes it but for what is chosen; resolves when it is subscribed. */
export async function startOutsideSubscriber(choice: SubscriberChoice): Promise<StartedSubscriber> {
  const { rig, url, clientId, protocolVersion, wanted, ca } = choice;
  const db = new MqttDb(rig.folder);
  const events = createEvents({ level: 'silent', metrics: new Registry() });
  let given = 0;
  const random = () => `${clientId}${given++}`;
  const intake: Intake = new Intake({
    log: rig.log,
    matcher: new SourceMatcher(numberedPipeline.sources),
    tally: new IngressTally(clientId),
    metrics: new IngressMetrics(new Registry()),
    events,
    now: () => Date.now() * 1000,
    random,
    onSettled: () => subscriber.reconsider(),
  });
  const none = undefined;
  const subscriber = new OutsideSubscriber({
    broker: { url, ca, clientId, username: none, password: none, cert: none, key: none },
    wanted: new Map(wanted.map((filter) => [filter, 1])),
    intake,
    db,
    events,
    random,
    protocolVersion,
  });
  subscriber.start();
  await until(() => subscriber.health().ready);
  return {
    async stop() {
      subscriber.pause();
      await intake.drain();
      await subscriber.stop();
      db.close();
    },
  };
}
