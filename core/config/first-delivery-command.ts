import { reachable } from '../own-broker-url.ts';
import type { Pipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';
import { quoted } from './shell-word.ts';
import type { VerifyDeclaration } from './verify-declaration.ts';
import { toList, toWebhookPlan } from './webhook-plan.ts';

/** Where this machine sends the deliveries of a source. */
export function webhookUrl(
  name: string,
  settings: Pick<Settings, 'host' | 'webhookPort' | 'webhookTls'>,
): string {
  const { host, webhookPort, webhookTls } = settings;
  return `${webhookTls ? 'https' : 'http'}://${reachable(host)}:${webhookPort}/webhooks/${name}`;
}

/**
 * One line for a shell on this machine that delivers the `example` of a source with a webhook; null when no source has
 * one whose sender can prove itself in a line (by nothing, or by a bearer token of the environment).
 */
export function firstDeliveryCommand(
  { sources }: Pick<Pipeline, 'sources'>,
  settings: Pick<Settings, 'host' | 'webhookPort' | 'webhookTls'>,
): string | null {
  for (const [name, { example, webhook, format }] of Object.entries(sources)) {
    if (example === undefined || webhook === undefined) continue;
    const proof = proofInALine(toWebhookPlan(webhook).checks);
    if (proof === undefined) continue;
    const type = quoted(`Content-Type: ${format.contentType}`);
    return `curl ${webhookUrl(name, settings)} -H ${type}${proof} -d ${quoted(example.payload)}`;
  }
  return null;
}

function proofInALine(checks: readonly VerifyDeclaration[]): string | undefined {
  let proof = '';
  for (const check of checks) {
    if (check.scheme === 'none') continue;
    const token = check.scheme === 'bearer' ? toList(check.token)[0] : undefined;
    // A token that stands in the configuration itself is not shown.
    if (check.scheme !== 'bearer' || typeof token !== 'object') return undefined;
    const { header = 'Authorization', query } = check;
    if (query !== undefined) return undefined;
    const bearer = check.header === undefined ? 'Bearer ' : '';
    proof = ` -H "${header}: ${bearer}$${token.secret}"`;
  }
  return proof;
}
