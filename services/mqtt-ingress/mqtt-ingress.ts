import { join } from 'node:path';
import { type FolderLock, lockFolder } from '../../core/log/sqlite/lock-folder.ts';
import type { Health, Service, ServiceContext } from '../../core/service.ts';
import { showGauge } from '../../core/shown-metrics.ts';
import type { Intake } from './intake.ts';
import type { MqttDb } from './mqtt-db.ts';
import type { OutsideSubscriber } from './outside-subscriber.ts';
import type { OwnBroker } from './own-broker.ts';

export interface MqttIngressParts {
  readonly context: ServiceContext;
  readonly db: MqttDb;
  readonly intake: Intake;
  readonly broker: OwnBroker | undefined;
  readonly subscriber: OutsideSubscriber | undefined;
}

/** The log has not answered for so long: not ready. */
const stalledAfterMicros = 5_000_000;
const tallyEveryMs = 2_000;

/** The service: its parts started and stopped in order. */
export class MqttIngress implements Service {
  readonly name = 'mqtt-ingress';
  readonly #parts: MqttIngressParts;
  #lock: FolderLock | undefined;
  #tallyTimer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: MqttIngressParts) {
    this.#parts = parts;
  }

  /** Of our own broker, by TCP; undefined when it doesn't listen there. */
  get mqttPort(): number | undefined {
    return this.#parts.broker?.port;
  }

  /** Of our own broker, by WebSocket; undefined when it doesn't listen there. */
  get webSocketPort(): number | undefined {
    return this.#parts.broker?.webSocketPort;
  }

  /** Throws `DATA_DIR_IN_USE` and what the broker's start throws, with nothing left open. */
  async start(): Promise<void> {
    const { context, broker, subscriber, intake, db } = this.#parts;
    try {
      // On Kafka no log keeps a second one away, which would have our client id at the outside broker.
      this.#lock = lockFolder(join(context.settings.dataDir, 'mqtt-ingress'));
      await broker?.start();
    } catch (error) {
      this.#lock?.release();
      db.close();
      throw error;
    }
    subscriber?.start();
    this.#showGauges();
    this.#tallyTimer = setInterval(() => void intake.flushTally(), tallyEveryMs);
    this.#tallyTimer.unref();
  }

  health(): Health {
    const { intake, subscriber } = this.#parts;
    if (intake.refusal) {
      return { ready: false, detail: `The log refuses records: ${intake.refusal.message}` };
    }
    if (intake.waitingMicros > stalledAfterMicros) {
      return { ready: false, detail: 'The log has not answered an append for 5 s.' };
    }
    return subscriber?.health() ?? { ready: true };
  }

  /** Packets taken whose acknowledgement waits. */
  get heldPackets(): number {
    const { broker, subscriber } = this.#parts;
    return (broker?.heldPackets ?? 0) + (subscriber?.heldPackets ?? 0);
  }

  /** Who was not read, because the intake was full, may be read again. */
  reconsider(): void {
    if (this.#stopping) return;
    this.#parts.broker?.reconsider();
    this.#parts.subscriber?.reconsider();
  }

  /** What was taken is acknowledged; what comes during the stop is not, and comes again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { broker, subscriber, intake, db } = this.#parts;
    clearInterval(this.#tallyTimer);
    broker?.pause();
    subscriber?.pause();
    await intake.drain();
    await Promise.all([broker?.stop(), subscriber?.stop()]);
    // The wills of the clients that were dropped.
    await intake.drain();
    await intake.flushTally();
    db.close();
    this.#lock?.release();
  }

  #showGauges(): void {
    const { context, broker } = this.#parts;
    const held = {
      name: 'millrace_ingress_held_packets',
      help: 'Packets taken whose acknowledgement waits for the log, or for that of an earlier packet.',
    };
    showGauge(context.metrics, held, () => this.heldPackets);
    const connections = {
      name: 'millrace_mqtt_connections',
      help: 'Connections to our own MQTT broker.',
    };
    showGauge(context.metrics, connections, () => broker?.connections ?? 0);
  }
}
