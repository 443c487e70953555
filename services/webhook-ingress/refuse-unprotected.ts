import type { Settings } from '../../core/config/settings.ts';
import { MillraceError } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { WebhookSource } from './webhook-source.ts';

/** Throws `ADDRESS_UNPROTECTED` when others reach a source whose senders have to prove nothing. */
export function refuseUnprotected(
  { host, trustNetwork }: Pick<Settings, 'host' | 'trustNetwork'>,
  sources: ReadonlyMap<string, Pick<WebhookSource, 'name' | 'plan'>>,
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
