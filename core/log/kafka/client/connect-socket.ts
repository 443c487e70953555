import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveMs = 60_000;

/** Connects as kafkajs does. `onConnect` is called when the connection, TLS included, stands. */
export const connectSocket = ({
  host,
  port,
  ssl,
  onConnect,
}: Parameters<ISocketFactory>[0]): Socket => {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket: Socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  // kafkajs unrefs a socket at each attempt to leave it; while it never connected Node keeps a listener for each.
  socket.setMaxListeners(0);
  return socket;
};
