import type { Duplex } from 'node:stream';
import mqttPacket, {
  type Packet as ControlPacket,
  type IConnackPacket,
  type IConnectPacket,
  type ISubscription,
} from 'mqtt-packet';
import { BrokerRefusal } from './broker-refusal.ts';
import { PacketReader, type ReceivedPacket, type ReceivedPublish } from './packet-reader.ts';
import type { ProtocolVersion } from './protocol-version.ts';
import { PubackRun } from './puback-run.ts';

export interface OutsideClientOptions {
  readonly stream: Duplex;
  readonly protocolVersion: ProtocolVersion;
  readonly connect: Omit<IConnectPacket, 'cmd' | 'protocolId' | 'protocolVersion' | 'keepalive'>;
  readonly onConnected: (sessionPresent: boolean) => void;
  readonly onPublish: (packet: ReceivedPublish) => void;
  /** Once, when the connection is over; without an error when we ended it. */
  readonly onClose: (error: Error | undefined) => void;
}

const keepAliveSeconds = 30;
const connackWithinMs = 10_000;
const goodbyeWithinMs = 1_000;

/**
 * One connection to a broker that receives: PUBLISH packets in the order in which they come, one at a time and
 * none while it is paused, and their acknowledgements when the caller gives them. What it publishes is QoS 0. It never connects again.
 */
export class OutsideClient {
  readonly #options: OutsideClientOptions;
  readonly #stream: Duplex;
  readonly #reader: PacketReader;
  readonly #pubacks: PubackRun;
  readonly #answers = new Map<number, (granted: readonly number[]) => void>();
  #messageId = 0;
  #timer: NodeJS.Timeout;
  #connected = false;
  #paused = false;
  #ending = false;
  #closed = false;
  /** Something came since the last ping. */
  #heard = true;
  #error: Error | undefined;

  constructor(options: OutsideClientOptions) {
    const { stream, protocolVersion, connect } = options;
    this.#options = options;
    this.#stream = stream;
    this.#reader = new PacketReader(protocolVersion);
    this.#pubacks = new PubackRun((bytes) => stream.write(bytes));
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error) => this.destroy(error));
    stream.on('end', () => stream.destroy());
    stream.on('close', () => this.#close());
    this.#timer = setTimeout(
      () => this.destroy(new Error(`no CONNACK came within ${connackWithinMs / 1000} s`)),
      connackWithinMs,
    );
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion,
      keepalive: keepAliveSeconds,
      ...connect,
    });
  }

  get connected(): boolean {
    return this.#connected && !this.#ending && !this.#closed;
  }

  /** The granted QoS of each filter, or a code of 128 and above. Never settles when the connection ends before. */
  subscribe(subscriptions: ISubscription[]): Promise<readonly number[]> {
    return this.#ask((messageId) => ({ cmd: 'subscribe', messageId, subscriptions }));
  }

  /** Never settles when the connection ends before. */
  async unsubscribe(unsubscriptions: string[]): Promise<void> {
    await this.#ask((messageId) => ({ cmd: 'unsubscribe', messageId, unsubscriptions }));
  }

  /** Of a packet of QoS 1 a PUBACK, of QoS 2 a PUBREC; nothing goes out when the connection is over. */
  acknowledge(qos: 1 | 2, messageId: number): void {
    if (this.connected) this.#pubacks.add(qos === 1 ? 0x40 : 0x50, messageId);
  }

  /** QoS 0, not retained; nothing goes out when the connection is over. */
  publish(topic: string, payload: Buffer): void {
    if (!this.connected) return;
    this.#send({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false });
  }

  /** Hands no packet on, and soon reads nothing more. We still ping, so that the broker keeps us. */
  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    // What the broker sent meanwhile, answers to pings among it, is only read now.
    this.#heard = true;
    this.#handOn();
    if (!this.#paused) this.#stream.resume();
  }

  /** DISCONNECT, so that the broker waits for nothing; resolves when the connection is over. */
  async end(): Promise<void> {
    if (this.#closed) return;
    if (!this.connected) {
      this.#ending = true;
      this.#stream.destroy();
      return;
    }
    this.#pubacks.flush();
    this.#send({ cmd: 'disconnect' });
    this.#ending = true;
    const over = new Promise<void>((resolve) => this.#stream.once('close', () => resolve()));
    this.#stream.end();
    // Read to the end and thrown away: bytes that are left unread make the close a reset, which may overtake ours.
    this.#stream.resume();
    const timer = setTimeout(() => this.#stream.destroy(), goodbyeWithinMs);
    await over;
    clearTimeout(timer);
  }

  /** Ends it at once and without a word: the broker keeps what is not acknowledged. */
  destroy(error: Error): void {
    if (!this.#ending) this.#error ??= error;
    this.#stream.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#ending) return;
    this.#heard = true;
    this.#reader.add(chunk);
    if (!this.#paused) this.#handOn();
  }

  #handOn(): void {
    try {
      while (!this.#paused && !this.#stream.destroyed) {
        const packet = this.#reader.next();
        if (!packet) return;
        if (packet.cmd === 'publish') this.#options.onPublish(packet);
        else this.#answer(packet);
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(packet: Exclude<ReceivedPacket, ReceivedPublish>): void {
    switch (packet.cmd) {
      case 'connack':
        this.#welcome(packet);
        break;
      case 'suback':
      case 'unsuback':
        this.#answers.get(packet.messageId ?? 0)?.((packet.granted ?? []) as number[]);
        this.#answers.delete(packet.messageId ?? 0);
        break;
      case 'pubrel':
        this.#send({ cmd: 'pubcomp', messageId: packet.messageId ?? 0 });
        break;
      case 'disconnect':
        this.destroy(new BrokerRefusal(packet.reasonCode ?? 0));
        break;
      default:
    }
  }

  #welcome({ returnCode, reasonCode, sessionPresent, properties }: IConnackPacket): void {
    const code = reasonCode ?? returnCode ?? 0;
    if (code !== 0) {
      this.destroy(new BrokerRefusal(code));
      return;
    }
    clearTimeout(this.#timer);
    // MQTT 5, 3.2.2.3.14: the broker's keep-alive counts, where it gives one.
    const seconds = properties?.serverKeepAlive ?? keepAliveSeconds;
    if (seconds > 0) this.#timer = setInterval(() => this.#ping(seconds), seconds * 500);
    this.#connected = true;
    this.#options.onConnected(sessionPresent);
  }

  /** Twice in a keep-alive. Paused we don't read, and can't tell a broker that is gone from one that waits. */
  #ping(keepAlive: number): void {
    if (!this.#heard && !this.#paused) {
      this.destroy(new Error(`it answered no ping for ${keepAlive / 2} s`));
      return;
    }
    this.#heard = false;
    this.#send({ cmd: 'pingreq' });
  }

  #ask(packet: (messageId: number) => ControlPacket): Promise<readonly number[]> {
    this.#messageId = (this.#messageId % 65_535) + 1;
    const messageId = this.#messageId;
    return new Promise((resolve) => {
      this.#answers.set(messageId, resolve);
      this.#send(packet(messageId));
    });
  }

  #send(packet: ControlPacket): void {
    if (this.#ending || this.#stream.destroyed) return;
    const { protocolVersion } = this.#options;
    this.#stream.write(mqttPacket.generate(packet, { protocolVersion }));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#answers.clear();
    this.#options.onClose(this.#error);
  }
}
