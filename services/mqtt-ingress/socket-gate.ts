import type { Duplex } from 'node:stream';

/**
 * Stops and starts the reading of a client's socket, for back-pressure: while it is shut nothing is taken from the
 * socket, its buffer (64 KiB) fills, and TCP tells the sender to wait.
 *
 * aedes 1.2 reads with `socket.read()` when the socket is readable and the packets of its last read are done; a gate
 * stands before that `read`. (aedes' own `pause()` loses count of packets that finish while it is paused.)
 * Contract-tested in test/unit/mqtt-ingress/socket-gate.test.ts.
 */
export class SocketGate {
  readonly #socket: Duplex;
  #shut = false;

  /** `onRead` is called before each read. */
  constructor(socket: Duplex, onRead: () => void) {
    this.#socket = socket;
    const read = socket.read.bind(socket);
    socket.read = (size?: number): unknown => {
      onRead();
      return this.#shut ? null : read(size);
    };
  }

  get isShut(): boolean {
    return this.#shut;
  }

  shut(): void {
    this.#shut = true;
  }

  open(): void {
    if (!this.#shut) return;
    this.#shut = false;
    if (!this.#socket.destroyed) this.#socket.emit('readable');
  }
}
