import { randomUUID } from 'node:crypto';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { isMillraceError, MillraceError } from '../../core/errors.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { reachable } from '../../core/own-broker-url.ts';
import { pollAskRecord } from '../../core/poll/poll-ask.ts';

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

const answerWithinMs = 30_000;

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
    return { id: await askDashboard(settings, request, error), isServed: true };
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

async function askDashboard(
  { host, httpPort, apiToken }: Settings,
  { fromMs, source, toMs }: BackfillRequest,
  inUse: Error,
): Promise<string> {
  const url = `http://${reachable(host)}:${httpPort}`;
  const response = await fetch(`${url}/api/v1/polls/${encodeURIComponent(source)}/backfills`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiToken !== undefined && { authorization: `Bearer ${apiToken}` }),
    },
    body: JSON.stringify({
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch((cause: unknown) => {
    throw new MillraceError(
      'DATA_DIR_IN_USE',
      `${inUse.message.split('. ')[0]}, and its dashboard should answer at ${url}; it does not. Set MILLRACE_HTTP_PORT and MILLRACE_HOST as it has them.`,
      { cause },
    );
  });
  const answer = (await response.json().catch(() => ({}))) as { id?: string; detail?: string };
  if (response.ok && answer.id !== undefined) return answer.id;
  throw new MillraceError(
    'INPUT_INVALID',
    `The dashboard at ${url} refuses the backfill: ${answer.detail ?? `it answered ${response.status}`}`,
  );
}
