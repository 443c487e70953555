import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Settings } from '../../core/config/settings.ts';
import { AckWindow } from './ack-window.ts';
import { holdPubacks } from './hold-pubacks.ts';
import type { Intake } from './intake.ts';
import type { MqttDb } from './mqtt-db.ts';
import { syncFilters } from './outside-filters.ts';
import type { Packet } from './packet.ts';

export type ProtocolVersion = 4 | 5;

export interface OutsideConnectionOptions {
  readonly broker: NonNullable<Settings['mqtt']>;
  readonly clientId: string;
  readonly protocolVersion: ProtocolVersion;
  readonly session: string;
  readonly wanted: ReadonlyMap<string, number>;
  readonly intake: Intake;
  readonly db: MqttDb;
  readonly onSubscribed: () => void;
  /** The connection has done its work: a packet was accepted, or it held for a while. */
  readonly onGood: () => void;
  /** The broker doesn't speak this version of MQTT. */
  readonly onVersionRefused: () => void;
  /** Once; whoever made it makes the next one. */
  readonly onEnd: (error: Error | undefined) => void;
}

/** QoS 1 packets taken and not acknowledged: our Receive Maximum (MQTT 5), and where we stop reading (3.1.1). */
const maxHeldPackets = 1_000;
const maxHeldBytes = 8 * 1024 * 1024;
const sessionExpirySeconds = 7 * 24 * 60 * 60;
const goodAfterMs = 30_000;

/**
 * One connection to an outside broker, from CONNECT to its end. It is never used again: PUBACKs still held at its end
 * are void with it, as MQTT has it, and can't go out on the next.
 */
export class OutsideConnection {
  readonly #options: OutsideConnectionOptions;
  readonly #client: MqttClient;
  readonly #window: AckWindow;
  readonly #sendPuback: (messageId: number) => void;
  readonly #goodTimer: NodeJS.Timeout;
  #waiting: (() => void) | undefined;
  #unheldBytes = 0;
  #paused = false;
  #ended = false;
  #error: Error | undefined;
  #subscribed = false;

  constructor(options: OutsideConnectionOptions) {
    this.#options = options;
    this.#client = connect(options.broker.url, clientOptions(options));
    this.#sendPuback = holdPubacks(this.#client);
    this.#window = new AckWindow({ onFailed: (error) => this.#giveUp(error) });
    this.#client.handleMessage = (packet, next) => this.#take(packet, next);
    this.#client.on('connect', ({ sessionPresent }) => void this.#subscribe(sessionPresent));
    this.#client.on('error', (error) => this.#fail(error));
    this.#client.on('close', () => this.#end());
    this.#goodTimer = setTimeout(options.onGood, goodAfterMs);
  }

  get isSubscribed(): boolean {
    return this.#subscribed && this.#client.connected;
  }

  get heldPackets(): number {
    return this.#window.size;
  }

  /** Takes what waits, when there is room again. */
  reconsider(): void {
    if (!this.#waiting || this.#paused || this.#isFull()) return;
    const next = this.#waiting;
    this.#waiting = undefined;
    next();
  }

  pause(): void {
    this.#paused = true;
  }

  /** Says goodbye (DISCONNECT) where there is a connection. */
  async end(): Promise<void> {
    this.#window.discard();
    await this.#client.endAsync(!this.#client.connected);
  }

  async #subscribe(sessionPresent: boolean): Promise<void> {
    const { db, session, wanted } = this.#options;
    try {
      await syncFilters({ client: this.#client, db, session, sessionPresent, wanted });
      this.#subscribed = true;
      this.#options.onSubscribed();
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(packet: IPublishPacket, next: () => void): void {
    const taken = toPacket(packet);
    const { messageId } = packet;
    const bytes = taken.payload.length;
    if (packet.qos === 1 && messageId !== undefined) {
      // ACK: the PUBACK to the outside broker.
      const acknowledge = () => this.#acknowledge(messageId);
      this.#options.intake.take(taken, this.#window.hold(acknowledge, bytes));
    } else {
      this.#takeUnheld(taken, bytes);
    }
    // The next packet comes only when this is called; the socket is not read meanwhile.
    if (this.#paused || this.#isFull()) this.#waiting = next;
    else next();
  }

  #acknowledge(messageId: number): void {
    this.#sendPuback(messageId);
    this.#options.onGood();
  }

  /** QoS 0: nobody waits for an answer, but its bytes count towards the bound. */
  #takeUnheld(packet: Packet, bytes: number): void {
    this.#unheldBytes += bytes;
    const settle = () => {
      this.#unheldBytes -= bytes;
    };
    this.#options.intake.take(packet, { accepted: settle, failed: settle });
  }

  #isFull(): boolean {
    return (
      this.#window.size > maxHeldPackets ||
      this.#window.bytes + this.#unheldBytes > maxHeldBytes ||
      this.#options.intake.full
    );
  }

  /** The log refused, or the subscription failed: drop the connection, so that the broker sends again. */
  #giveUp(error: Error): void {
    this.#fail(error);
    this.#window.discard();
    this.#client.end(true);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    const code = 'code' in error ? error.code : undefined;
    // CONNACK 1 (MQTT 3.1.1, 3.2.2.3) and 132 (MQTT 5, 3.2.2.2): unacceptable protocol version.
    if (code === 1 || code === 132) this.#options.onVersionRefused();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#subscribed = false;
    this.#waiting = undefined;
    clearTimeout(this.#goodTimer);
    this.#window.discard();
    this.#options.onEnd(this.#error);
  }
}

function clientOptions({
  broker,
  clientId,
  protocolVersion,
}: OutsideConnectionOptions): IClientOptions {
  const { username, password, ca, cert, key } = broker;
  return {
    clientId,
    protocolVersion,
    clean: false,
    // Connections are made one by one by `OutsideSubscriber`, and subscriptions by `syncFilters`.
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: 10_000,
    keepalive: 30,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(protocolVersion === 5
      ? {
          properties: {
            sessionExpiryInterval: sessionExpirySeconds,
            receiveMaximum: maxHeldPackets,
          },
        }
      : {}),
  };
}

function toPacket({ topic, payload, qos, retain, dup, properties }: IPublishPacket): Packet {
  const given = properties?.userProperties?.traceparent;
  return {
    topic,
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
    qos,
    retain,
    keep: false,
    // To a subscriber RETAIN says that the packet is one kept from earlier (MQTT 3.1.1, 3.3.1.3).
    mayRepeat: dup || retain,
    traceparent: typeof given === 'string' && given.length === 55 ? given : null,
  };
}
