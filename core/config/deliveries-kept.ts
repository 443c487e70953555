import type { SourceDeclaration } from './pipeline.ts';
import { parseSpanMs } from './span.ts';

/** Long enough for the senders that repeat longest: several of them go on for three days. */
const defaultMs = 7 * 24 * 3600 * 1000;

/**
 * How long the ids of webhook deliveries are kept: as long as the source wants that wants it longest. Undefined when no
 * source has a webhook.
 */
export function deliveriesKeptMs(
  sources: Readonly<Record<string, Pick<SourceDeclaration, 'webhook'>>>,
): number | undefined {
  const spans = Object.values(sources).flatMap(({ webhook }) =>
    webhook === undefined
      ? []
      : [webhook.dedupe === undefined ? defaultMs : (parseSpanMs(webhook.dedupe) ?? defaultMs)],
  );
  return spans.length === 0 ? undefined : Math.max(...spans);
}
