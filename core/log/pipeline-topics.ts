import { deliveriesKeptMs } from '../config/deliveries-kept.ts';
import type { Pipeline } from '../config/pipeline.ts';
import type { Settings } from '../config/settings.ts';
import {
  deadLettersTopic,
  deliveriesTopic,
  enrichedTopic,
  ledgerTopic,
  modelsTopic,
  rawTopic,
  registersTopic,
} from '../topics.ts';
import type { TopicSpec } from './event-log.ts';

/** What each topic may take of the size that the configuration gives the log. */
const sizeShares: Readonly<Record<string, number>> = {
  [rawTopic]: 0.45,
  [enrichedTopic]: 0.45,
  [deadLettersTopic]: 0.1,
};

/**
 * The topics of a pipeline, for `log.createTopics`. Raw, enriched and dead letters have the same number of
 * partitions; what every instance reads whole (registers, models, ledger) has one and is compacted. Deliveries of
 * webhooks stay for their time, whatever the size: a repeat must be known.
 */
export function pipelineTopics(
  pipeline: Pick<Pipeline, 'retention'> & Partial<Pick<Pipeline, 'sources'>>,
  settings: Pick<Settings, 'partitions'>,
): readonly TopicSpec[] {
  const { rawMs, topicsMs, sizeBytes } = pipeline.retention;
  const flowing = (name: string, retentionMs: number | null): TopicSpec => ({
    name,
    partitions: settings.partitions,
    cleanup: 'delete',
    retentionMs,
    retentionBytes: sizeBytes === null ? null : Math.floor(sizeBytes * (sizeShares[name] ?? 0)),
  });
  const keyed = (name: string): TopicSpec => ({
    name,
    partitions: 1,
    cleanup: 'compact',
    retentionMs: null,
    retentionBytes: null,
  });
  const deliveriesMs = deliveriesKeptMs(pipeline.sources ?? {});
  return [
    flowing(rawTopic, rawMs),
    flowing(enrichedTopic, topicsMs),
    flowing(deadLettersTopic, topicsMs),
    ...(deliveriesMs === undefined
      ? []
      : [{ ...flowing(deliveriesTopic, deliveriesMs), retentionBytes: null }]),
    keyed(registersTopic),
    keyed(modelsTopic),
    keyed(ledgerTopic),
  ];
}
