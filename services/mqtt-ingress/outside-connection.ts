import type { Settings } from '../../core/config/settings.ts';
import type { FormatRequest } from '../../core/format.ts';
import { AckWindow } from './ack-window.ts';
import { BrokerRefusal } from './broker-refusal.ts';
import type { Intake } from './intake.ts';
import type { PacketOrigin } from './intake-batch.ts';
import type { MqttDb } from './mqtt-db.ts';
import { openStream } from './open-stream.ts';
import { OutsideClient, type OutsideClientOptions } from './outside-client.ts';
import { syncFilters } from './outside-filters.ts';
import type { Packet } from './packet.ts';
import type { ReceivedPublish } from './packet-reader.ts';
import type { ProtocolVersion } from './protocol-version.ts';

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
export class OutsideConnection implements PacketOrigin {
  readonly #options: OutsideConnectionOptions;
  readonly #window: AckWindow;
  readonly #goodTimer: NodeJS.Timeout;
  /** Undefined until the stream to the broker is made. */
  #client: OutsideClient | undefined;
  #waiting = false;
  #unheldBytes = 0;
  #paused = false;
  #ended = false;
  #subscribed = false;

  constructor(options: OutsideConnectionOptions) {
    this.#options = options;
    this.#window = new AckWindow({ onFailed: (error) => this.#giveUp(error) });
    this.#goodTimer = setTimeout(options.onGood, goodAfterMs);
    this.#open().catch((error) => this.#end(error));
  }

  get isSubscribed(): boolean {
    return this.#subscribed && this.#client?.connected === true;
  }

  get heldPackets(): number {
    return this.#window.size;
  }

  publish({ topic, payload }: FormatRequest): void {
    this.#client?.publish(topic, Buffer.from(payload));
  }

  /** Takes what waits, when there is room again. */
  reconsider(): void {
    if (!this.#waiting || this.#paused || this.#isFull()) return;
    this.#waiting = false;
    this.#client?.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#client?.pause();
  }

  /** Says goodbye (DISCONNECT) where there is a connection. */
  async end(): Promise<void> {
    this.#window.discard();
    if (this.#client) await this.#client.end();
    else this.#end(undefined);
  }

  async #open(): Promise<void> {
    const stream = await openStream(this.#options.broker);
    if (this.#ended) {
      stream.destroy();
      return;
    }
    const client = new OutsideClient({
      stream,
      protocolVersion: this.#options.protocolVersion,
      connect: connectOf(this.#options),
      onConnected: (sessionPresent) => void this.#subscribe(client, sessionPresent),
      onPublish: (packet) => this.#take(packet),
      onClose: (error) => this.#end(error),
    });
    this.#client = client;
  }

  async #subscribe(client: OutsideClient, sessionPresent: boolean): Promise<void> {
    const { db, session, wanted } = this.#options;
    try {
      await syncFilters({ client, db, session, sessionPresent, wanted });
      this.#subscribed = true;
      this.#options.onSubscribed();
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(packet: ReceivedPublish): void {
    const { qos, messageId, payload } = packet;
    if (qos === 0) {
      this.#takeUnheld(packet);
    } else {
      // ACK: the PUBACK (of QoS 2 the PUBREC) to the outside broker.
      const acknowledge = () => this.#acknowledge(qos, messageId);
      this.#options.intake.take(packet, this.#window.hold(acknowledge, payload.length), this);
    }
    if (this.#isFull()) {
      this.#waiting = true;
      this.#client?.pause();
    }
  }

  #acknowledge(qos: 1 | 2, messageId: number): void {
    this.#client?.acknowledge(qos, messageId);
    this.#options.onGood();
  }

  /** QoS 0: nobody waits for an answer, but its bytes count towards the bound. */
  #takeUnheld(packet: Packet): void {
    const bytes = packet.payload.length;
    this.#unheldBytes += bytes;
    const settle = () => {
      this.#unheldBytes -= bytes;
    };
    this.#options.intake.take(packet, { accepted: settle, failed: settle }, this);
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
    this.#window.discard();
    this.#client?.destroy(error);
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#subscribed = false;
    this.#waiting = false;
    clearTimeout(this.#goodTimer);
    this.#window.discard();
    if (error instanceof BrokerRefusal && error.isOfVersion) this.#options.onVersionRefused();
    this.#options.onEnd(error);
  }
}

function connectOf({
  broker,
  clientId,
  protocolVersion,
}: OutsideConnectionOptions): OutsideClientOptions['connect'] {
  const url = new URL(broker.url);
  const username = broker.username ?? decodeURIComponent(url.username);
  const password = broker.password ?? decodeURIComponent(url.password);
  return {
    clientId,
    clean: false,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password: Buffer.from(password) }),
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
