import { deliveriesKeptMs } from '../config/deliveries-kept.ts';
import type { Pipeline } from '../config/pipeline.ts';
import type { Settings } from '../config/settings.ts';
import {
  deadLetterActionsTopic,
  deadLetterMarksTopic,
  deadLettersTopic,
  deliveriesTopic,
  enrichedTopic,
  ledgerTopic,
  modelsTopic,
  pollStatesTopic,
  pollsTopic,
  rawTopic,
  registersTopic,
  returnedTopic,
} from '../topics.ts';
import type { TopicSpec } from './event-log.ts';

/** What each topic may take of the size that the configuration gives the log. */
const sizeShares: Readonly<Record<string, number>> = {
  [rawTopic]: 0.45,
  [enrichedTopic]: 0.45,
  [deadLettersTopic]: 0.08,
  [returnedTopic]: 0.01,
  [deadLetterMarksTopic]: 0.01,
};

/** A source that is slow to answer holds up those alone that share its partition. */
const pollsPartitions = 24;
const pollsKeptMs = 86_400_000;

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
  const polls: TopicSpec = {
    name: pollsTopic,
    partitions: pollsPartitions,
    cleanup: 'delete',
    retentionMs: pollsKeptMs,
    retentionBytes: null,
  };
  const isPolled = Object.values(pipeline.sources ?? {}).some(({ poll }) => poll !== undefined);
  const deliveriesMs = deliveriesKeptMs(pipeline.sources ?? {});
  return [
    flowing(rawTopic, rawMs),
    flowing(enrichedTopic, topicsMs),
    flowing(deadLettersTopic, topicsMs),
    flowing(returnedTopic, topicsMs),
    flowing(deadLetterMarksTopic, topicsMs),
    ...(deliveriesMs === undefined
      ? []
      : [{ ...flowing(deliveriesTopic, deliveriesMs), retentionBytes: null }]),
    ...(isPolled ? [polls, keyed(pollStatesTopic)] : []),
    keyed(registersTopic),
    keyed(modelsTopic),
    keyed(ledgerTopic),
    keyed(deadLetterActionsTopic),
  ];
}
