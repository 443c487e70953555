import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { IngressTally } from '../../core/ledger/ingress-tally.ts';
import type { Health } from '../../core/service.ts';
import { FormatMemories } from '../../services/mqtt-ingress/format-memories.ts';
import { IngressMetrics } from '../../services/mqtt-ingress/ingress-metrics.ts';
import { Intake } from '../../services/mqtt-ingress/intake.ts';
import { MqttDb } from '../../services/mqtt-ingress/mqtt-db.ts';
import { OutsideSubscriber } from '../../services/mqtt-ingress/outside-subscriber.ts';
import type { ProtocolVersion } from '../../services/mqtt-ingress/protocol-version.ts';
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
  /** Where its events go; nowhere when absent. */
  readonly destination?: { write(line: string): void };
}

export interface StartedSubscriber {
  /** As the service stops it: drained, disconnected, its session left at the broker. */
  stop(): Promise<void>;
  health(): Health;
}

/** A subscriber into the rig's log, as the service makes it but for what is chosen; resolves when it is subscribed. */
export async function startOutsideSubscriber(choice: SubscriberChoice): Promise<StartedSubscriber> {
  const { rig, url, clientId, protocolVersion, wanted, ca, destination } = choice;
  const db = new MqttDb(rig.folder);
  const metrics = new Registry();
  const events = destination
    ? createEvents({ level: 'info', metrics, destination })
    : createEvents({ level: 'silent', metrics });
  let given = 0;
  const random = () => `${clientId}${given++}`;
  const intake: Intake = new Intake({
    log: rig.log,
    matcher: new SourceMatcher(numberedPipeline.sources),
    tally: new IngressTally(clientId),
    metrics: new IngressMetrics(new Registry()),
    memories: new FormatMemories({ db, onRefused: () => undefined }),
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
    health: () => subscriber.health(),
    async stop() {
      subscriber.pause();
      await intake.drain();
      await subscriber.stop();
      db.close();
    },
  };
}
