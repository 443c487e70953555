import { isLoopback } from '../../core/loopback.ts';
import { hostName, ownHosts } from '../../core/own-host.ts';

/**
 * A browser lets any page open a WebSocket to any address. Where nobody has to sign in that would let pages of other
 * sites publish through their visitors' browsers: the Host must be ours, and an Origin, where there is one, of the same
 * machine. Returns what is wrong, as a sentence.
 */
export function foreignUpgrade(
  boundTo: string,
  { host, origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
): string | undefined {
  const { isOurs, names } = ownHosts[isLoopback(boundTo) ? 'loopback' : 'network'];
  if (host === undefined || !isOurs(hostName(host)))
    return `The Host header should ${names}. To reach the broker by another name give mqtt.users in the configuration.`;
  if (origin === undefined || isOfMachine(origin, hostName(host))) return undefined;
  return `Pages of ${JSON.stringify(origin)} may not connect, since nobody has to sign in here. Give mqtt.users in the configuration.`;
}

/** Whatever its port: our dashboard has another one. */
function isOfMachine(origin: string, name: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === name || (isLoopback(hostname) && isLoopback(name));
}
