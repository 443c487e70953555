import type { Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { connectSocket } from './connect-socket.ts';

/**
 * Sockets for one Kafka client that can be cut at once and for good: a kafkajs client that is disconnected waits for
 * its requests first, and would go on trying them.
 */
export class SeverableSockets {
  readonly #open = new Set<Socket>();
  #severed = false;

  readonly factory: ISocketFactory = (options) => {
    if (this.#severed) throw new Error('The client has been given up.');
    const socket = connectSocket(options);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Ends every connection with an error, so that what waits for an answer is rejected; none can be made any more. */
  sever(): void {
    this.#severed = true;
    for (const socket of this.#open) socket.destroy(new Error('The client has been given up.'));
  }
}
