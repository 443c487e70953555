import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenError } from '../../core/loopback.ts';

/** Where clients come in at our own broker, by TCP or by WebSocket. */
export interface MqttListener {
  /** Throws `PORT_TAKEN` and `SETTING_INVALID`. */
  listen(): Promise<void>;
  /** Takes nobody more; who is in stays. */
  close(): void;
  readonly port: number;
  /** For people: `127.0.0.1:1883`, `ws://127.0.0.1:8083`. */
  readonly address: string;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** A connection, from whose stream nothing was read. */
  readonly onConnection: (stream: Duplex) => void;
  /** After it listened. */
  readonly onError: (error: Error) => void;
}

export interface ServerToListen {
  readonly server: Server;
  readonly options: ListenerOptions;
  /** The setting that names the port, for messages. */
  readonly setting: string;
}

export async function listenOn({ server, options, setting }: ServerToListen): Promise<void> {
  const { host, port, onError } = options;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error) => reject(listenError(error, { host, port, setting }));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      server.on('error', onError);
      resolve();
    });
  });
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
