import type { Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/** What this file touches of kafkajs's connections. */
export interface RawConnection {
  socketFactory: ISocketFactory;
  connect(): Promise<unknown>;
}

/** Makes the connections to one broker. */
export interface PoolBuilder {
  build(destination?: object): Promise<{ readonly pool: readonly RawConnection[] }>;
}

const givenUp = 'The client has been given up.';

/**
 * The sockets of one kafkajs cluster, so that all of them end with it. kafkajs 2.2.4 leaves some open, and with them
 * the process: two requests that come before a connection stands open a socket each, of which it forgets the first;
 * and a disconnect while it connects is overtaken by the connection.
 */
export class OwnSockets {
  readonly #open = new Set<Socket>();
  readonly #standing = new WeakSet<Socket>();
  #isEnded = false;

  /** Before any connection is made. */
  constructor(builder: PoolBuilder) {
    const build = builder.build.bind(builder);
    builder.build = async (destination) => {
      // Not to be tried again, or kafkajs would go on for its 13 s.
      if (this.#isEnded) throw Object.assign(new Error(givenUp), { retriable: false });
      const made = await build(destination);
      for (const connection of made.pool) this.#own(connection);
      return made;
    };
  }

  /** What waits for an answer is rejected; no connection can be made any more. */
  end(): void {
    this.#isEnded = true;
    for (const socket of this.#open) {
      // One that kafkajs has ended only waits for the broker's end: that is no error.
      const isDone = socket.writableEnded && this.#standing.has(socket);
      socket.destroy(isDone ? undefined : new Error(givenUp));
    }
  }

  #own(connection: RawConnection): void {
    const { socketFactory } = connection;
    connection.socketFactory = (options) => {
      if (this.#isEnded) throw new Error(givenUp);
      const onConnect = () => {
        this.#standing.add(socket);
        options.onConnect();
      };
      const socket = socketFactory({ ...options, onConnect });
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      return socket;
    };
    const connect = connection.connect.bind(connection);
    let connecting: Promise<unknown> | undefined;
    connection.connect = () => {
      connecting ??= connect().finally(() => {
        connecting = undefined;
      });
      return connecting;
    };
  }
}
