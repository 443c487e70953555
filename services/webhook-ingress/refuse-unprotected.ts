import type { Settings } from '../../core/config/settings.ts';
import { MillraceError } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { WebhookSource } from './webhook-source.ts';

type Sources = ReadonlyMap<string, Pick<WebhookSource, 'name' | 'plan'>>;

/**
 * Throws `ADDRESS_UNPROTECTED` when others reach a source whose senders have to prove nothing, `SETTING_INVALID` when
 * they have to by certificates that nobody would ask them for.
 */
export function refuseUnprotected(
  settings: Pick<Settings, 'host' | 'trustNetwork' | 'webhookTls'>,
  sources: Sources,
): void {
  refuseOpen(settings, sources);
  refuseUnasked(settings, sources);
}

function refuseOpen(
  { host, trustNetwork }: Pick<Settings, 'host' | 'trustNetwork'>,
  sources: Sources,
): void {
  if (isLoopback(host) || trustNetwork) return;
  const open = [...sources.values()].filter(({ plan }) =>
    plan.checks.every(({ scheme }) => scheme === 'none'),
  );
  if (open.length === 0) return;
  const names = open.map(({ name }) => name).join(', ');
  throw new MillraceError(
    'ADDRESS_UNPROTECTED',
    `Everyone who reaches ${host} could send to ${names}, whose webhook.verify is none. Say there how senders prove themselves, or bind to 127.0.0.1 with MILLRACE_HOST, or say that the network can be trusted with MILLRACE_TRUST_NETWORK=1.`,
  );
}

function refuseUnasked({ webhookTls }: Pick<Settings, 'webhookTls'>, sources: Sources): void {
  if (webhookTls?.clientCa !== undefined) return;
  const asking = [...sources.values()].filter(({ plan }) =>
    plan.checks.some(({ scheme }) => scheme === 'mutual-tls'),
  );
  if (asking.length === 0) return;
  const names = asking.map(({ name }) => name).join(', ');
  throw new MillraceError(
    'SETTING_INVALID',
    `Senders to ${names} prove themselves by certificates (webhook.verify is mutual-tls), for which this server needs to speak TLS and to know who signs them: set MILLRACE_WEBHOOK_TLS_CERT, MILLRACE_WEBHOOK_TLS_KEY and MILLRACE_WEBHOOK_TLS_CLIENT_CA.`,
  );
}
