import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { reachable } from '../../core/own-broker-url.ts';
import { foreignUpgrade } from './foreign-upgrade.ts';
import { type ListenerOptions, listenOn, type MqttListener, portOf } from './mqtt-listener.ts';
import { maxPacketBytes } from './packet.ts';

export interface WebSocketListenerOptions extends ListenerOptions {
  /** Nobody has to sign in: then pages of other sites are kept out by their headers. */
  readonly isOpen: boolean;
}

/** A message may hold several packets, and one that is as large as may be. */
const maxMessageBytes = maxPacketBytes + 64 * 1024;
/** RFC 6455, 7.4.1: a kind of message that is not taken. */
const unsupportedData = 1003;

/**
 * MQTT over WebSocket (MQTT 3.1.1 and 5, chapter 6): subprotocol `mqtt`, binary messages, whose bounds mean nothing.
 * The path is not looked at, since clients differ in what they ask for.
 */
export function webSocketListener(options: WebSocketListenerOptions): MqttListener {
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: () => 'mqtt',
  });
  const server = createServer((_request, response) => {
    const headers = { 'content-type': 'text/plain', connection: 'close', upgrade: 'websocket' };
    response.writeHead(426, headers).end('This is MQTT over WebSocket, subprotocol mqtt.\n');
  });
  server.maxConnections = options.maxConnections;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(request, options);
    if (refusal) refuse(socket, refusal);
    else
      upgrades.handleUpgrade(request, socket, head, (client) =>
        options.onConnection(binaryStream(client)),
      );
  });
  return {
    listen: () => listenOn({ server, options, setting: 'MILLRACE_MQTT_WS_LISTEN' }),
    close() {
      server.close();
      // Those that were never upgraded; the others are our broker's.
      server.closeAllConnections();
    },
    get port() {
      return portOf(server);
    },
    get address() {
      return `ws://${reachable(options.host)}:${portOf(server)}`;
    },
  };
}

/** [MQTT-6.0.0-1]: a text message ends the connection. */
function binaryStream(client: WebSocket): Duplex {
  client.on('message', (_message, isBinary) => {
    if (!isBinary) client.close(unsupportedData, 'MQTT comes in binary messages.');
  });
  return createWebSocketStream(client);
}

interface Refusal {
  readonly status: 400 | 403;
  readonly sentence: string;
}

function refusalOf(
  { headers }: IncomingMessage,
  { host, isOpen }: WebSocketListenerOptions,
): Refusal | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes('mqtt'))
    return { status: 400, sentence: 'Expected the subprotocol mqtt among those offered.' };
  const sentence = isOpen ? foreignUpgrade(host, headers) : undefined;
  return sentence === undefined ? undefined : { status: 403, sentence };
}

function refuse(socket: Duplex, { status, sentence }: Refusal): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(sentence)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${sentence}`);
}
