import { createHash, timingSafeEqual } from 'node:crypto';
import type { Settings } from '../../../core/config/settings.ts';
import { MillraceError } from '../../../core/errors.ts';
import { isLoopback } from '../../../core/loopback.ts';
import { hostName, ownHosts } from '../../../core/own-host.ts';

/**
 * Who may ask. `token`: whoever has it. `loopback`: programs on this machine, and pages that we served ourselves.
 * `network`: everyone who reaches the address, since the settings say so, but no page of another site.
 */
export type AccessPolicy =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'network' };

/** Throws `ADDRESS_UNPROTECTED` when the address is open to others and nothing protects it. */
export function accessPolicy(
  settings: Pick<Settings, 'host' | 'apiToken' | 'trustNetwork'>,
): AccessPolicy {
  if (settings.apiToken !== undefined) return { kind: 'token', token: settings.apiToken };
  if (isLoopback(settings.host)) return { kind: 'loopback' };
  if (settings.trustNetwork) return { kind: 'network' };
  throw new MillraceError(
    'ADDRESS_UNPROTECTED',
    `The dashboard would be open to everyone who reaches ${settings.host}. Set MILLRACE_API_TOKEN, or bind to 127.0.0.1 with MILLRACE_HOST, or say that the network can be trusted with MILLRACE_TRUST_NETWORK=1.`,
  );
}

/** Compares in a time that tells nothing about where they differ, nor about the length. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Without a token, a page of another site could reach us through the visitor's browser, by its own name bound to our
 * address (DNS rebinding) or by a plain cross-site request: so the Host must be ours, and an Origin, where there is
 * one, too. Returns what is wrong, as a sentence.
 */
export function foreignRequest(
  kind: 'loopback' | 'network',
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
): string | undefined {
  const { isOurs, names } = ownHosts[kind];
  if (host === undefined || !isOurs(hostName(host)))
    return `The Host header should ${names}; it is ${quote(host)}. To reach the dashboard by another name set MILLRACE_API_TOKEN.`;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return `The Origin header should be that of the dashboard itself (http://${host}); it is ${quote(origin)}. For other pages set MILLRACE_API_TOKEN and send the token.`;
  return undefined;
}

function quote(header: string | undefined): string {
  return header === undefined ? 'missing' : JSON.stringify(header);
}
