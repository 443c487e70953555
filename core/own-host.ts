import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback } from './loopback.ts';

/**
 * What the Host header of a request may be that nobody had to prove anything for. A page of another site could else
 * reach us through its visitor's browser, by its own name bound to our address (DNS rebinding). `loopback`: programs on
 * this machine; `network`: everyone who reaches the address.
 */
export const ownHosts = {
  loopback: {
    isOurs: isLoopback,
    names: 'name this machine (127.0.0.1, localhost or [::1])',
  },
  network: {
    isOurs: (name: string) => isLoopback(name) || isAddress(name) || isPrivateName(name),
    names: 'be an IP address, a name without dots, or one of a private network (.local, .internal)',
  },
};

/** Rebinding needs a name: a browser that was given an address sends just that. */
function isAddress(name: string): boolean {
  return isIPv4(name) || (name.startsWith('[') && isIPv6(name.slice(1, -1)));
}

/** Nobody can have such a name on the public Internet: one label, or RFC 6761, 6762, 8375 and ICANN's `internal`. */
function isPrivateName(name: string): boolean {
  return /^(?:[\w-]+|.*\.(?:localhost|local|internal|home\.arpa))$/.test(name);
}

/** Of a Host header: without the port. */
export function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
