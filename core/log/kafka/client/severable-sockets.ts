import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveMs = 60_000;

/**
 * Sockets for one Kafka client, as kafkajs makes them, that can be cut at once and for good: a kafkajs producer that
 * is disconnected waits for its requests first, and would go on trying them.
 */
export class SeverableSockets {
  readonly #open = new Set<Socket>();
  #severed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#severed) throw new Error('The client has been given up.');
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket: Socket = ssl
      ? connectTls({ host, port, ...name, ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
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
