import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import mqttPacket from 'mqtt-packet';

/** What the sender knows: the only list that a crash test believes. */
export interface SenderList {
  readonly sent: number;
  /** Numbers whose PUBACK came, in the order they were published. */
  readonly acknowledged: readonly number[];
}

export interface NumberedSender {
  /** Publishes the next `count` numbers; resolves when each is acknowledged, over as many reconnects as it takes. */
  send(count: number): Promise<void>;
  readonly list: SenderList;
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly port: number;
  readonly meters: number;
  /** Most unacknowledged publishes at a time. */
  readonly window: number;
  /** Numbers a second; as fast as acknowledgements allow when absent. */
  readonly perSecond?: number;
  /** The payload of a number; the default is `{"at": micros, "n": number}`. */
  readonly payload?: (n: number) => string;
}

const reconnectMs = 50;
const silenceMs = 15_000;
const paceMs = 2;

/**
 * A device that keeps what was not acknowledged and sends it again, in order and with DUP, after a reconnect, as QoS 1
 * asks (MQTT 3.1.1, 4.4). On a socket of its own: at 10,000 a second it takes a few hundredths of a core, since tests
 * share the machine with what they test.
 */
export async function openNumberedSender(options: SenderOptions): Promise<NumberedSender> {
  const sender = new SocketSender(options);
  await sender.opened;
  return sender;
}

interface Pending {
  readonly n: number;
  readonly packet: Buffer;
}

class SocketSender implements NumberedSender {
  readonly #options: SenderOptions;
  readonly #clientId = `numbered-${randomUUID()}`;
  readonly #payload: (n: number) => string;
  readonly #acknowledged: number[] = [];
  /** By message id, in the order of sending. */
  readonly #pending = new Map<number, Pending>();
  readonly #opened = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #isOpen = false;
  #isClosed = false;
  /** Bytes of the last answer that are not whole yet. */
  #rest: Buffer = Buffer.alloc(0);
  #sent = 0;
  #end = 0;
  #startedMs = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: { readonly end: number; readonly resolve: () => void }[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    const startedMicros = Date.now() * 1000;
    this.#payload = options.payload ?? ((n) => `{"at":${startedMicros + n},"n":${n}}`);
    this.#connect();
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get list(): SenderList {
    return { sent: this.#sent, acknowledged: this.#acknowledged };
  }

  send(count: number): Promise<void> {
    if (this.#sent === this.#end) {
      this.#startedMs = performance.now();
      this.#startedAt = this.#sent;
    }
    this.#end += count;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ end: this.#end, resolve });
    this.#pump();
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    this.#rest = Buffer.alloc(0);
    socket.setTimeout(silenceMs, () => {
      if (!this.#isOpen || this.#pending.size > 0) socket.destroy();
    });
    socket.on('connect', () => {
      const clientId = this.#clientId;
      socket.write(mqttPacket.generate({ cmd: 'connect', clientId, clean: false, keepalive: 0 }));
    });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOpen = false;
      if (!this.#isClosed) setTimeout(() => this.#connect(), reconnectMs);
    });
  }

  /** Without keep-alive and subscriptions every answer has four bytes: CONNACK (0x20) and PUBACK (0x40). */
  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (; at + 4 <= bytes.length; at += 4) {
      if (bytes[at] === 0x40) this.#settle(bytes.readUInt16BE(at + 2));
      else if (bytes[at] === 0x20 && bytes[at + 3] === 0) this.#resume();
      else this.#socket?.destroy();
    }
    this.#rest = bytes.subarray(at);
    while (this.#waiting[0] && this.#acknowledged.length >= this.#waiting[0].end)
      this.#waiting.shift()?.resolve();
    this.#pump();
  }

  #settle(messageId: number): void {
    const pending = this.#pending.get(messageId);
    if (!pending) return;
    this.#pending.delete(messageId);
    this.#acknowledged.push(pending.n);
  }

  #resume(): void {
    this.#isOpen = true;
    this.#opened.resolve();
    for (const { packet } of this.#pending.values()) {
      packet[0] = (packet[0] ?? 0) | 0x08;
      this.#socket?.write(packet);
    }
  }

  /** Publishes what is due and has room. */
  #pump(): void {
    const { window, perSecond } = this.#options;
    const due =
      perSecond === undefined
        ? this.#end
        : this.#startedAt + Math.floor(((performance.now() - this.#startedMs) / 1000) * perSecond);
    const end = Math.min(due, this.#end);
    if (this.#isOpen && this.#sent < end && this.#pending.size < window) {
      this.#socket?.cork();
      while (this.#sent < end && this.#pending.size < window) this.#publish(this.#sent++);
      this.#socket?.uncork();
    }
    if (perSecond === undefined || this.#sent >= this.#end || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, paceMs);
  }

  #publish(n: number): void {
    const messageId = (n % 65_535) + 1;
    const packet = mqttPacket.generate({
      cmd: 'publish',
      topic: `meters/m${n % this.#options.meters}`,
      payload: this.#payload(n),
      qos: 1,
      dup: false,
      retain: false,
      messageId,
    });
    this.#pending.set(messageId, { n, packet });
    this.#socket?.write(packet);
  }
}
