import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  /** 127.0.0.1 unless said. */
  readonly host?: string;
  readonly port: number;
  readonly connections: number;
  /** Most unacknowledged packets of one connection. */
  readonly window: number;
  /** Packets a second over all connections; null as fast as acknowledgements allow. */
  readonly ratePerSecond: number | null;
  /** The packet with this number; `intendedMicros` is when it should have been published. */
  readonly packet: (
    index: number,
    intendedMicros: number,
  ) => { readonly topic: string; readonly payload: string };
}

export interface LoadResult {
  readonly acknowledged: number;
  readonly seconds: number;
  /** How far behind its schedule the generator ended, in packets. Beyond a second's worth the figure is its own limit. */
  readonly behind: number;
}

/** Microseconds since 1970, finer than `Date.now()`. */
export const nowMicros = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

/**
 * Publishes QoS 1 packets over raw sockets, so that the generator costs as little as it can of the machine that it
 * shares with what it measures. Open loop: a packet's intended time is its place in the schedule, however late it leaves.
 */
export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #lanes: Lane[] = [];
  #next = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    for (let index = 0; index < this.#options.connections; index++) {
      this.#lanes.push(await Lane.open(this.#options, `bench-${process.pid}-${index}`));
    }
  }

  /** Publishes for so long, or so many; resolves when the last one is acknowledged. */
  async run(limit: { readonly seconds?: number; readonly packets?: number }): Promise<LoadResult> {
    const startedMs = performance.now();
    const startedMicros = nowMicros();
    const first = this.#next;
    const rate = this.#options.ratePerSecond;
    const last = limit.packets === undefined ? Number.POSITIVE_INFINITY : first + limit.packets;
    const endMs =
      limit.seconds === undefined ? Number.POSITIVE_INFINITY : startedMs + limit.seconds * 1000;
    let due = 0;
    while (performance.now() < endMs && this.#next < last) {
      due =
        rate === null
          ? Number.POSITIVE_INFINITY
          : first + Math.floor(((performance.now() - startedMs) / 1000) * rate);
      const sent = this.#sendUntil(Math.min(due, last), (index) =>
        rate === null ? nowMicros() : startedMicros + Math.floor(((index - first) / rate) * 1e6),
      );
      await (sent ? nextTurn() : pause(1));
    }
    const behind = rate === null ? 0 : Math.max(0, Math.min(due, last) - this.#next);
    while (this.#lanes.some((lane) => lane.unacknowledged > 0)) await pause(1);
    return {
      acknowledged: this.#next - first,
      seconds: (performance.now() - startedMs) / 1000,
      behind,
    };
  }

  /** Sends in turn over the lanes that have room; false when nothing could be sent. */
  #sendUntil(due: number, intended: (index: number) => number): boolean {
    let sent = false;
    for (const lane of this.#lanes) lane.cork();
    while (this.#next < due) {
      const lane = this.#lanes[this.#next % this.#lanes.length];
      if (lane === undefined || !lane.hasRoom) break;
      const { topic, payload } = this.#options.packet(this.#next, intended(this.#next));
      lane.publish(topic, payload);
      this.#next++;
      sent = true;
    }
    for (const lane of this.#lanes) lane.uncork();
    return sent;
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
  }
}

/** One MQTT connection. */
class Lane {
  readonly #socket: Socket;
  readonly #window: number;
  #messageId = 0;
  #pubackBytes = 0;
  unacknowledged = 0;

  private constructor(socket: Socket, window: number) {
    this.#socket = socket;
    this.#window = window;
    // After CONNACK the broker sends nothing but PUBACKs, 4 bytes each.
    socket.on('data', (chunk) => {
      this.#pubackBytes += chunk.length;
      this.unacknowledged -= Math.floor(this.#pubackBytes / 4);
      this.#pubackBytes %= 4;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.unacknowledged > 0)
        throw new Error(
          `The broker closed a connection with ${this.unacknowledged} packets unacknowledged.`,
        );
    });
  }

  static open({ host = '127.0.0.1', port, window }: LoadOptions, clientId: string): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true }, () => {
        socket.write(connectPacket(clientId));
      });
      socket.once('error', reject);
      socket.once('data', (chunk) => {
        if (chunk[0] !== 0x20 || chunk[3] !== 0)
          reject(new Error(`The broker refused the connection: ${chunk.toString('hex')}.`));
        else resolve(new Lane(socket, window));
      });
    });
  }

  get hasRoom(): boolean {
    return this.unacknowledged < this.#window && this.#socket.writableLength < 1_000_000;
  }

  publish(topic: string, payload: string): void {
    this.#messageId = (this.#messageId % 65_535) + 1;
    this.unacknowledged++;
    this.#socket.write(publishPacket(topic, payload, this.#messageId));
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** An MQTT 3.1.1 CONNECT with a clean session and no keep-alive (section 3.1); the client id is below 100 bytes. */
function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const header = [0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0x02, 0, 0, 0, id.length];
  return Buffer.concat([Buffer.from(header), id]);
}

/** An MQTT 3.1.1 PUBLISH, QoS 1, without flags (section 3.3). */
function publishPacket(topic: string, payload: string, messageId: number): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = Buffer.byteLength(payload);
  const remaining = 2 + topicBytes + 2 + payloadBytes;
  const packet = Buffer.allocUnsafe(
    1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3) + remaining,
  );
  packet[0] = 0x32;
  let at = 1;
  let rest = remaining;
  do {
    packet[at++] = rest >= 128 ? (rest % 128) | 0x80 : rest;
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  at = packet.writeUInt16BE(topicBytes, at);
  at += packet.write(topic, at);
  at = packet.writeUInt16BE(messageId, at);
  packet.write(payload, at);
  return packet;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
