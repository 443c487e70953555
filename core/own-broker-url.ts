import type { Settings } from './config/settings.ts';

/** Where programs on this machine reach our own broker; undefined when it is off. */
export function ownBrokerUrl({ mqttListen }: Pick<Settings, 'mqttListen'>): string | undefined {
  return mqttListen && `mqtt://${reachable(mqttListen.host)}:${mqttListen.port}`;
}

/** An address that listens on all interfaces is reached on this machine by loopback; IPv6 stands in brackets. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
