import { connect, createServer, type Socket } from 'node:net';

/** Kinds of requests (https://kafka.apache.org/protocol#protocol_api_keys). */
export const apiKeys = { Produce: 0, Fetch: 1, EndTxn: 26 } as const;

/** What becomes of one answer: it never comes, or the connection breaks in its place. */
export type Fate = 'swallow' | 'cut';

interface Trap {
  readonly apiKey: number;
  readonly fate: Fate;
  readonly done: () => void;
}

/**
 * Stands between Kafka clients and one broker, which must advertise its port. The broker gets every request; what
 * tests can't bring about otherwise happens to its answers.
 */
export class KafkaProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #traps: Trap[] = [];
  #isStalled = false;
  readonly #server = createServer((client) => this.#join(client));

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    await promise;
  }

  /** For the next answer to a request of this kind; resolves when it has met its fate. */
  trap(apiKey: number, fate: Fate): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#traps.push({ apiKey, fate, done: resolve });
    return promise;
  }

  /** Nothing passes either way until `resume`, and nobody is told: as a network does that loses everything. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const broker = connect(this.#targetPort, '127.0.0.1');
    /** Kinds of the requests whose answers have not come, by correlation id. */
    const asked = new Map<number, number>();
    const cut = () => {
      client.destroy();
      broker.destroy();
    };
    client.on(
      'data',
      inFrames((frame) => {
        asked.set(frame.readInt32BE(8), frame.readInt16BE(4));
        broker.write(frame);
      }),
    );
    broker.on(
      'data',
      inFrames((frame) => {
        const correlationId = frame.readInt32BE(4);
        const fate = this.#fateOf(asked.get(correlationId));
        asked.delete(correlationId);
        if (fate === 'cut') cut();
        else if (fate !== 'swallow') client.write(frame);
      }),
    );
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      if (this.#isStalled) socket.pause();
      socket.on('error', cut).on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
  }

  #fateOf(apiKey: number | undefined): Fate | undefined {
    const trap = this.#traps.find((one) => one.apiKey === apiKey);
    if (!trap) return undefined;
    this.#traps = this.#traps.filter((one) => one !== trap);
    trap.done();
    return trap.fate;
  }
}

/** Cuts a stream into messages, each with its length of four bytes before it, which it keeps. */
function inFrames(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
