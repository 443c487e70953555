import { randomUUID } from 'node:crypto';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { isMillraceError } from '../../core/errors.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { pollAskRecord } from '../../core/poll/poll-ask.ts';
import { askDashboard } from '../ask-dashboard.ts';

export interface BackfillRequest {
  readonly source: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface BackfillAsked {
  readonly id: string;
  /** False: nothing runs on the embedded log at present, so it begins with the next `millrace up`. */
  readonly isServed: boolean;
}

const withinMs = 30_000;

/**
 * Puts the ask into the log: on Kafka, and while nothing else writes to the embedded log, from this process; while
 * `millrace up` has the embedded log through its dashboard.
 */
export async function askForBackfill(
  settings: Settings,
  pipeline: Pipeline,
  request: BackfillRequest,
): Promise<BackfillAsked> {
  let log: EventLog;
  try {
    log = await openLog({ settings });
  } catch (error) {
    if (!isMillraceError(error, 'DATA_DIR_IN_USE')) throw error;
    const answer = await askDashboard<{ readonly id: string }>(settings, {
      path: `/api/v1/polls/${encodeURIComponent(request.source)}/backfills`,
      body: { from: timeOf(request.fromMs), to: timeOf(request.toMs) },
      ...{ withinMs, inUse: error },
    });
    return { id: answer.id, isServed: true };
  }
  try {
    await log.createTopics(pipelineTopics(pipeline, settings));
    const { fromMs, source, toMs } = request;
    const id = randomUUID();
    const nowMs = Date.now();
    const ask = { kind: 'backfill', id, fromMs, toMs, requestedAtMs: nowMs } as const;
    await log.append([pollAskRecord(source, ask, nowMs)]);
    return { id, isServed: settings.kafka !== undefined };
  } finally {
    await log.close();
  }
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
