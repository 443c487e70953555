import { createServer } from 'node:net';
import { type ListenerOptions, listenOn, type MqttListener, portOf } from './mqtt-listener.ts';

export function tcpListener(options: ListenerOptions): MqttListener {
  const server = createServer({ noDelay: true }, options.onConnection);
  server.maxConnections = options.maxConnections;
  return {
    listen: () => listenOn({ server, options, setting: 'MILLRACE_MQTT_LISTEN' }),
    close: () => void server.close(),
    get port() {
      return portOf(server);
    },
    get address() {
      return `${options.host}:${portOf(server)}`;
    },
  };
}
