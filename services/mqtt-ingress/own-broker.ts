import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Events } from '../../core/events.ts';
import type { FormatRequest } from '../../core/format.ts';
import type { ServiceContext } from '../../core/service.ts';
import { credentialCheck } from './authenticate.ts';
import { type Address, BrokerDoors } from './broker-doors.ts';
import type { BrokerState } from './broker-state.ts';
import { type Answer, ClientLane } from './client-lane.ts';
import type { Intake } from './intake.ts';
import type { PacketOrigin } from './intake-batch.ts';
import type { Packet } from './packet.ts';

export interface OwnBrokerOptions {
  /** By TCP; not at all when absent. */
  readonly address: Address | undefined;
  /** By WebSocket; not at all when absent. */
  readonly webSocketAddress: Address | undefined;
  readonly users: NonNullable<Pipeline['mqtt']>['users'];
  readonly trustNetwork: boolean;
  readonly intake: Intake;
  readonly state: BrokerState;
  readonly events: Events;
}

const maxConnections = 10_000;
/** A subscriber that takes nothing for so long is dropped: those who publish wait for it. */
const drainTimeoutMs = 10_000;

/**
 * Our own MQTT 3.1.1 broker (aedes). A PUBLISH that a source matches is acknowledged, and goes on to subscribers,
 * only when the log has its records; any other as with any broker. See README.md of this folder.
 */
export class OwnBroker implements PacketOrigin {
  readonly #options: OwnBrokerOptions;
  readonly #broker: Aedes;
  readonly #doors: BrokerDoors;
  readonly #lanes = new WeakMap<Client, ClientLane>();
  readonly #openLanes = new Set<ClientLane>();
  readonly #shutLanes = new Set<ClientLane>();

  constructor(options: OwnBrokerOptions) {
    this.#options = options;
    const isUser = credentialCheck(options.users);
    this.#broker = new Aedes({
      drainTimeout: drainTimeoutMs,
      // A client may publish before it has its CONNACK (MQTT 3.1.1, 3.1): one socket read of packets at most.
      queueLimit: 65_536,
      authenticate: (client, username, password, done) => {
        const admitted = isUser(username, password);
        if (!admitted) this.#refuseLogin(client, username);
        done(null, admitted);
      },
      authorizePublish: (client, packet, answer) => this.#publish(client, packet, answer),
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#mayFollow(client) ? subscription : null),
    });
    this.#doors = new BrokerDoors({
      ...options,
      hasUsers: (options.users ?? []).length > 0,
      maxConnections,
      onConnection: (stream) => this.#connect(stream),
    });
    this.#listenForTrouble();
  }

  /** Throws `ADDRESS_UNPROTECTED` and `PORT_TAKEN`. */
  async start(): Promise<void> {
    const { state, events } = this.#options;
    this.#doors.check();
    await this.#broker.listen();
    await state.restore(this.#broker);
    try {
      const addresses = await this.#doors.open();
      events.info('mqtt.listening', {
        message: `MQTT broker listens on ${addresses.join(' and ')}.`,
      });
    } catch (error) {
      this.#broker.close();
      throw error;
    }
  }

  /** By TCP. */
  get port(): number | undefined {
    return this.#doors.port;
  }

  get webSocketPort(): number | undefined {
    return this.#doors.webSocketPort;
  }

  get connections(): number {
    return this.#openLanes.size;
  }

  /** PUBACKs that are held back, over all connections. */
  get heldPackets(): number {
    let held = 0;
    for (const lane of this.#openLanes) held += lane.heldPackets;
    return held;
  }

  /** To whoever has subscribed to its topic; no source gets it. */
  publish({ topic, payload }: FormatRequest): void {
    const packet = { cmd: 'publish', topic, payload: Buffer.from(payload) } as const;
    this.#broker.publish({ ...packet, qos: 0, retain: false, dup: false }, () => undefined);
  }

  /** Connections that were not read because too much waited may be read again. */
  reconsider(): void {
    for (const lane of this.#shutLanes) lane.reconsider();
  }

  /** Reads nothing more; what came before is acknowledged by and by. */
  pause(): void {
    this.#doors.close();
    for (const lane of this.#openLanes) lane.shut();
  }

  /** Drops every client. Their wills are packets like any other, and may still come in. */
  async stop(): Promise<void> {
    this.#doors.close();
    // PUBACKs are corked until the end of this turn; destroyed before it, a socket would take them along.
    await setImmediate();
    await new Promise<void>((resolve) => this.#broker.close(resolve));
  }

  #connect(stream: Duplex): void {
    // By two ways they might be twice as many as each may have.
    if (this.#openLanes.size >= maxConnections) {
      stream.destroy();
      return;
    }
    const client = this.#broker.handle(stream);
    const lane = new ClientLane(stream, {
      client,
      intake: this.#options.intake,
      origin: this,
      shutLanes: this.#shutLanes,
    });
    this.#lanes.set(client, lane);
    this.#openLanes.add(lane);
    stream.once('close', () => this.#openLanes.delete(lane));
  }

  #publish(client: Client | null, packet: PublishPacket, answer: Answer): void {
    if (packet.topic.startsWith('$SYS/')) {
      answer(new Error('Topics under $SYS are the broker’s own.'));
      return;
    }
    const taken = toPacket(packet);
    const lane = client && this.#lanes.get(client);
    if (lane) lane.take(taken, answer);
    else this.#options.intake.take(taken, { accepted: () => answer(null), failed: answer }, this);
  }

  #mayFollow(client: Client | null): boolean {
    const { state, events } = this.#options;
    if (!client || client.clean || state.takesFilters) return true;
    events.warn('mqtt.subscription-refused', {
      message:
        'A lasting session was refused a subscription: they hold as many as the broker keeps.',
      clientId: client.id,
    });
    return false;
  }

  #refuseLogin(client: Client, username: string | undefined): void {
    this.#options.events.warn('mqtt.login-refused', {
      message: 'An MQTT client was refused: its user name and password are not in mqtt.users.',
      clientId: client.id,
      username,
    });
  }

  #listenForTrouble(): void {
    const { events } = this.#options;
    const tell = (client: Client, error: Error) =>
      events.debug('mqtt.client-dropped', { clientId: client.id, error });
    this.#broker.on('clientError', tell);
    this.#broker.on('connectionError', tell);
    this.#broker.on('keepaliveTimeout', (client: Client) =>
      events.info('mqtt.keepalive-timeout', {
        message:
          'An MQTT client was silent for one and a half keep-alives, or its acknowledgements were held that long. It sends again.',
        clientId: client.id,
      }),
    );
    (this.#broker as NodeJS.EventEmitter).on('error', (error) =>
      events.error('mqtt.broker-error', { error }),
    );
  }
}

function toPacket({ topic, payload, qos, retain, dup }: PublishPacket): Packet {
  return {
    topic,
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
    qos,
    retain,
    keep: retain,
    // Here RETAIN asks us to keep the packet; only DUP says that it may have come before.
    mayRepeat: dup,
    traceparent: null,
  };
}

/** Undefined when the settings want no broker of our own. */
export function createOwnBroker(
  parts: Pick<ServiceContext, 'settings' | 'pipeline' | 'events'> & {
    readonly intake: Intake;
    readonly state: BrokerState;
  },
): OwnBroker | undefined {
  const { settings, pipeline, events, intake, state } = parts;
  const { mqttListen: address, mqttWsListen: webSocketAddress, trustNetwork } = settings;
  if (!address && !webSocketAddress) return undefined;
  const users = pipeline.mqtt?.users;
  return new OwnBroker({ address, webSocketAddress, users, trustNetwork, intake, state, events });
}
