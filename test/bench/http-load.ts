import { connect, type Socket } from 'node:net';
import type { Histogram } from 'hdr-histogram-js';

export interface HttpLoadOptions {
  readonly port: number;
  readonly connections: number;
  /** The bytes of a whole request, head and body. */
  readonly request: (index: number) => Buffer;
  /** The status that every answer must have. */
  readonly status: number;
}

interface Waiting {
  readonly socket: Socket;
  sentAt: number;
  received: string;
}

/**
 * Sends requests over connections that stay, one at a time on each: the next goes out when the answer has come. On
 * sockets of its own, since an HTTP client costs more than the server that is measured.
 */
export class HttpLoad {
  readonly #options: HttpLoadOptions;
  readonly #connections: Waiting[] = [];
  #latency: Histogram | undefined;
  #next = 0;
  #end = 0;
  #answered = 0;
  #finished: ReturnType<typeof Promise.withResolvers<void>> | undefined;

  constructor(options: HttpLoadOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { connections, port } = this.#options;
    for (let index = 0; index < connections; index++) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const one: Waiting = { socket, sentAt: 0, received: '' };
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => this.#receive(one, text));
      socket.on('error', (error) => this.#finished?.reject(error));
      await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      this.#connections.push(one);
    }
  }

  /** Resolves when so many more were answered. Latencies are in microseconds. */
  async run(requests: number, latency?: Histogram): Promise<{ readonly seconds: number }> {
    this.#latency = latency;
    this.#end = this.#next + requests;
    this.#finished = Promise.withResolvers<void>();
    const startedMs = performance.now();
    for (const one of this.#connections) this.#send(one);
    await this.#finished.promise;
    return { seconds: (performance.now() - startedMs) / 1000 };
  }

  close(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }

  #send(one: Waiting): void {
    if (this.#next >= this.#end) return;
    one.sentAt = performance.now();
    one.socket.write(this.#options.request(this.#next++));
  }

  #receive(one: Waiting, text: string): void {
    one.received += text;
    const headEnd = one.received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(one.received)?.[1]);
    if (one.received.length < headEnd + 4 + length) return;
    const { status } = this.#options;
    if (!one.received.startsWith(`HTTP/1.1 ${status} `)) {
      this.#finished?.reject(new Error(`Expected status ${status}; it was ${one.received}`));
      return;
    }
    one.received = '';
    this.#latency?.recordValue(Math.round((performance.now() - one.sentAt) * 1000));
    if (++this.#answered === this.#end) this.#finished?.resolve();
    else this.#send(one);
  }
}
