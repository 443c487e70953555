/**
 * Killed by `poll-kill.test.ts`: poll-ingress and the enricher on one log. Argument: JSON of the provider's address,
 * the data folder, Kafka's settings (or none), and the backfill to ask for; asking again is harmless.
 */
import { Registry } from 'prom-client';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { pollAskRecord } from '../../core/poll/poll-ask.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { startPollIngress } from '../../services/poll-ingress/main.ts';
import { testSettings } from '../support/test-settings.ts';
import { polledPipeline } from './polled-pipeline.ts';

export interface PollChildArguments {
  readonly address: string;
  readonly folder: string;
  readonly kafka?: KafkaSettings;
  readonly groupPrefix: string;
  readonly backfill: { readonly id: string; readonly fromMs: number; readonly toMs: number };
}

const given = JSON.parse(process.argv[2] ?? '') as PollChildArguments;
const pipeline = polledPipeline(given.address);
const settings = testSettings(given.folder, {
  partitions: 3,
  groupPrefix: given.groupPrefix,
  kafka: given.kafka,
});
const metrics = new Registry();
const events = createEvents({ level: 'error', metrics });
const log = await openLog({ settings, events });
const context = { pipeline, settings, log, events, metrics, now: () => Date.now() * 1000 };
await log.createTopics(pipelineTopics(pipeline, settings));
await publishReference(context);
const enricher = await startEnricher(context);
const polls = await startPollIngress(context);
const nowMs = Date.now();
const ask = { kind: 'backfill', ...given.backfill, requestedAtMs: nowMs } as const;
await log.append([pollAskRecord('shipments', ask, nowMs)]);
process.send?.({ ready: true });
process.once('SIGTERM', async () => {
  await polls.stop();
  await enricher.stop();
  await log.close();
  process.exit(0);
});
