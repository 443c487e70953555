import { isIP, connect as openTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as openTls } from 'node:tls';
import type { Settings } from '../../core/config/settings.ts';
import { maxPacketBytes } from './packet.ts';

const mqttPort = 1883;
const mqttTlsPort = 8883;
const handshakeWithinMs = 10_000;
/** A message may hold several packets, and one that is as large as may be. */
const maxMessageBytes = maxPacketBytes + 1024 * 1024;

/** A stream to the broker, still connecting; what goes wrong is its `error`. */
export async function openStream(broker: NonNullable<Settings['mqtt']>): Promise<Duplex> {
  const { protocol, hostname, port } = new URL(broker.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  switch (protocol) {
    case 'ws:':
    case 'wss:':
      return openWebSocket(broker);
    case 'mqtts:':
    case 'ssl:':
    case 'tls:':
      return openTls({
        host,
        port: Number(port || mqttTlsPort),
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...trust(broker),
      }).setNoDelay();
    default:
      return openTcp({ host, port: Number(port || mqttPort), noDelay: true });
  }
}

async function openWebSocket(broker: NonNullable<Settings['mqtt']>): Promise<Duplex> {
  // Few need it: loaded when it is asked for.
  const { createWebSocketStream, WebSocket } = await import('ws');
  const socket = new WebSocket(broker.url, ['mqtt'], {
    ...trust(broker),
    handshakeTimeout: handshakeWithinMs,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  return createWebSocketStream(socket);
}

function trust({ ca, cert, key }: NonNullable<Settings['mqtt']>): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
