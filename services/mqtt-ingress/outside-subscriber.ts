import { Backoff } from '../../core/backoff.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { Events } from '../../core/events.ts';
import type { Health, ServiceContext } from '../../core/service.ts';
import { BrokerRefusal } from './broker-refusal.ts';
import type { Intake } from './intake.ts';
import type { MqttDb } from './mqtt-db.ts';
import { OutsideConnection } from './outside-connection.ts';
import { wantedFilters } from './outside-filters.ts';
import type { ProtocolVersion } from './protocol-version.ts';

export interface OutsideSubscriberOptions {
  readonly broker: NonNullable<Settings['mqtt']>;
  readonly wanted: ReadonlyMap<string, number>;
  readonly intake: Intake;
  readonly db: MqttDb;
  readonly events: Events;
  readonly random: () => string;
  /** 5 when absent, and 3.1.1 (4) when the broker doesn't speak 5. */
  readonly protocolVersion?: ProtocolVersion;
  readonly backoff?: Backoff;
}

const connectRetryMs = { firstMs: 500, maxMs: 30_000 };

/**
 * Subscribes to an outside broker with a lasting session, and connects again for ever: what is not acknowledged when a
 * connection ends, the broker sends again on the next. A connection is given up when the broker, the network or the
 * log fails; pauses between connections double up to half a minute.
 */
export class OutsideSubscriber {
  readonly #options: OutsideSubscriberOptions;
  readonly #backoff: Backoff;
  readonly #clientId: string;
  #protocolVersion: ProtocolVersion;
  #connection: OutsideConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #trouble = 'is being connected to';
  #stopped = false;

  constructor(options: OutsideSubscriberOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff(connectRetryMs);
    this.#protocolVersion = options.protocolVersion ?? 5;
    this.#clientId =
      options.broker.clientId ?? options.db.name('client-id', () => `millrace-${options.random()}`);
  }

  /** Returns at once; the broker may be away. */
  start(): void {
    this.#connect();
  }

  health(): Health {
    if (this.#connection?.isSubscribed) return { ready: true };
    return { ready: false, detail: `The MQTT broker ${this.#address} ${this.#trouble}.` };
  }

  /** PUBACKs that are held back. */
  get heldPackets(): number {
    return this.#connection?.heldPackets ?? 0;
  }

  /** The connection may take more again, if it was waiting for that. */
  reconsider(): void {
    this.#connection?.reconsider();
  }

  /** Takes nothing more; what was taken is still acknowledged until {@link stop}. */
  pause(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#connection?.pause();
  }

  /** Disconnects; the session stays at the broker, which keeps for us what comes meanwhile. */
  async stop(): Promise<void> {
    this.pause();
    await this.#connection?.end();
  }

  get #address(): string {
    const { protocol, host } = new URL(this.#options.broker.url);
    return `${protocol}//${host}`;
  }

  #connect(): void {
    const { broker, wanted, intake, db, events } = this.#options;
    this.#connection = new OutsideConnection({
      broker,
      clientId: this.#clientId,
      protocolVersion: this.#protocolVersion,
      session: `${this.#address} ${this.#clientId}`,
      wanted,
      intake,
      db,
      onSubscribed: () => {
        this.#trouble = 'is connected';
        events.info('mqtt.subscribed', {
          message: `Subscribed to ${wanted.size} filters at ${this.#address}, by MQTT ${this.#protocolVersion === 5 ? '5' : '3.1.1'}.`,
        });
      },
      onGood: () => this.#backoff.reset(),
      onVersionRefused: () => {
        this.#protocolVersion = 4;
      },
      onEnd: (error) => this.#reconnect(error),
    });
  }

  #reconnect(error: Error | undefined): void {
    if (this.#stopped) return;
    const { events } = this.#options;
    const isTakenOver = error instanceof BrokerRefusal && error.isTakenOver;
    // Else the two would throw each other out without end.
    const pauseMs = isTakenOver ? connectRetryMs.maxMs : this.#backoff.nextMs();
    this.#trouble = `is not connected (${error?.message ?? 'it closed the connection'})`;
    if (isTakenOver) {
      events.error('mqtt.client-id-taken', {
        message: `Another client connected to ${this.#address} as ${this.#clientId}, which ends our connection; again in ${pauseMs / 1000} s. Give each instance a MILLRACE_MQTT_CLIENT_ID of its own, or none and a data folder of its own.`,
      });
    } else {
      events.warn('mqtt.disconnected', {
        message: `Not connected to ${this.#address}; again in ${Math.round(pauseMs)} ms. What was not acknowledged comes again.`,
        error,
      });
    }
    this.#timer = setTimeout(() => this.#connect(), pauseMs);
  }
}

/** Undefined when the settings name no outside broker. */
export function createOutsideSubscriber(
  parts: Pick<ServiceContext, 'settings' | 'pipeline' | 'events'> &
    Pick<OutsideSubscriberOptions, 'intake' | 'db' | 'random'>,
): OutsideSubscriber | undefined {
  const { settings, pipeline, events, intake, db, random } = parts;
  const { mqtt: broker } = settings;
  if (!broker) return undefined;
  const wanted = wantedFilters(pipeline.sources);
  return new OutsideSubscriber({ broker, wanted, events, intake, db, random });
}
