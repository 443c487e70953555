import { GenericContainer, Wait } from 'testcontainers';
import { imageOf } from './image-of.ts';
import {
  type Address,
  addressOf,
  controlServer,
  type Reach,
  type ServerControl,
  startOwnServer,
  textOf,
} from './start-server.ts';

export interface Mosquitto extends ServerControl {
  readonly address: Address;
  readonly url: string;
  /** Of the listener with TLS, when there is a certificate. */
  readonly tlsUrl: string | undefined;
  /** Of the listener by WebSocket, with TLS where there is a certificate, when it was asked for. */
  readonly webSocketUrl: string | undefined;
}

export interface MosquittoOptions {
  readonly reach?: Reach;
  /** Host port; restarts need one that stays. */
  readonly port: number;
  readonly tls?: { readonly port: number; readonly cert: string; readonly key: string };
  /** Host port of a listener by WebSocket; it has the certificate of `tls`, where that is given. */
  readonly webSocketPort?: number;
  /** More lines of mosquitto.conf. */
  readonly lines?: readonly string[];
}

/** A real Mosquitto 2, always one of the test's own; it saves its sessions when it is stopped, not when it is killed. */
export async function startMosquitto(options: MosquittoOptions): Promise<Mosquitto> {
  const { port, tls, webSocketPort, lines = [], reach = 'published' } = options;
  const certificate = ['certfile /tmp/server.crt', 'keyfile /tmp/server.key'];
  const configuration = [
    'listener 1883',
    'allow_anonymous true',
    'persistence true',
    'persistence_location /tmp/',
    ...lines,
    ...(tls ? ['listener 8883', ...certificate] : []),
    ...(webSocketPort ? ['listener 9001', 'protocol websockets', ...(tls ? certificate : [])] : []),
  ].join('\n');
  const files = [
    { content: `${configuration}\n`, target: '/mosquitto-test.conf' },
    ...(tls
      ? [
          { content: tls.cert, target: '/tmp/server.crt', mode: 0o644 },
          { content: tls.key, target: '/tmp/server.key', mode: 0o644 },
        ]
      : []),
  ];
  const ports = [
    { container: 1883, host: port },
    ...(tls ? [{ container: 8883, host: tls.port }] : []),
    ...(webSocketPort ? [{ container: 9001, host: webSocketPort }] : []),
  ];
  const container = new GenericContainer(imageOf('mosquitto'))
    .withCopyContentToContainer(files)
    .withExposedPorts(...ports)
    .withCommand(['mosquitto', '-c', '/mosquitto-test.conf'])
    .withWaitStrategy(Wait.forListeningPorts());
  const started = await startOwnServer(container);
  const address = addressOf(started, { container: 1883, host: port }, reach);
  return {
    address,
    url: `mqtt://${textOf(address)}`,
    tlsUrl: tls && `mqtts://localhost:${tls.port}`,
    webSocketUrl:
      webSocketPort === undefined
        ? undefined
        : `${tls ? 'wss' : 'ws'}://localhost:${webSocketPort}/mqtt`,
    ...controlServer(started),
  };
}
