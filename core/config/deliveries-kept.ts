import type { SourceDeclaration } from './pipeline.ts';
import { toWebhookPlan } from './webhook-plan.ts';

/**
 * How long the ids of webhook deliveries are kept: as long as the source wants that wants it longest. Undefined when no
 * source has a webhook.
 */
export function deliveriesKeptMs(
  sources: Readonly<Record<string, Pick<SourceDeclaration, 'webhook'>>>,
): number | undefined {
  const spans = Object.values(sources).flatMap(({ webhook }) =>
    webhook === undefined ? [] : [toWebhookPlan(webhook).dedupeMs],
  );
  return spans.length === 0 ? undefined : Math.max(...spans);
}
