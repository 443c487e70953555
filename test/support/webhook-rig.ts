import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { DeadLetter } from '../../core/dead-letter.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import type { Reading } from '../../core/reading.ts';
import { deadLettersTopic, rawTopic } from '../../core/topics.ts';
import { json } from '../../formats/json.ts';
import { startWebhookIngress } from '../../services/webhook-ingress/main.ts';
import type { WebhookIngress } from '../../services/webhook-ingress/webhook-ingress.ts';
import { type FaultyLog, faultyLog } from './faulty-log.ts';
import { numberedPipeline } from './ingress-rig.ts';
import { testSettings } from './test-settings.ts';

/** `{"m": meter, "n": number, "at": micros}`. */
export const meterFormat = json({
  entity: { type: 'meter', id: '{$.m}' },
  time: { path: '$.at', unit: 'us' },
  fields: { n: { path: '$.n' } },
});
/** The same without a time. */
export const untimedFormat = json({
  entity: { type: 'meter', id: '{$.m}' },
  fields: { n: { path: '$.n' } },
});
const none = { scheme: 'none' } as const;
const byHeader = { header: 'X-Delivery-Id' };

/** `plain` has no ids, `timed` and `untimed` have one in the header X-Delivery-Id. */
export const webhookPipeline: Pipeline = {
  ...numberedPipeline,
  models: {},
  sources: {
    plain: { format: meterFormat, webhook: { verify: none } },
    timed: { format: meterFormat, webhook: { verify: none, deliveryId: byHeader } },
    untimed: { format: untimedFormat, webhook: { verify: none, deliveryId: byHeader } },
  },
};

export interface PostOptions {
  readonly type?: string | undefined;
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface WebhookRig {
  readonly log: FaultyLog;
  /** The ingress that runs now. */
  readonly ingress: WebhookIngress;
  readonly metrics: Registry;
  /** What was logged, a line each. */
  readonly lines: readonly string[];
  post(source: string, body: string | Uint8Array, options?: PostOptions): Promise<Posted>;
  readings(): Promise<Reading[]>;
  deadLetters(): Promise<DeadLetter[]>;
  /** Stops the ingress and starts another on the same folder and log. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhookRigOptions {
  readonly sources?: Pipeline['sources'];
  readonly settings?: Partial<Settings>;
}

/** A webhook ingress on a real embedded log, in a folder of its own. */
export async function openWebhookRig(options: WebhookRigOptions = {}): Promise<WebhookRig> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-webhook-'));
  const log = faultyLog(await openSqliteLog({ folder }));
  const pipeline = { ...webhookPipeline, ...(options.sources && { sources: options.sources }) };
  const settings = testSettings(folder, { partitions: 2, ...options.settings });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const lines: string[] = [];
  let metrics = new Registry();
  const start = () => {
    metrics = new Registry();
    const destination = { write: (line: string) => void lines.push(line) };
    const events = createEvents({ level: 'debug', metrics, destination });
    const now = () => Math.floor((performance.timeOrigin + performance.now()) * 1000);
    return startWebhookIngress({ pipeline, settings, log, events, metrics, now });
  };
  const closeLog = async () => {
    await log.close();
    await rm(folder, { recursive: true });
  };
  let ingress: WebhookIngress;
  try {
    ingress = await start();
  } catch (error) {
    await closeLog();
    throw error;
  }
  return {
    log,
    lines,
    get ingress() {
      return ingress;
    },
    get metrics() {
      return metrics;
    },
    post: (source, body, given) => postDelivery(`${ingress.url}/webhooks/${source}`, body, given),
    readings: async () => (await valuesOf(log, rawTopic)).map((one) => readingCodec.decode(one)),
    deadLetters: async () =>
      (await valuesOf(log, deadLettersTopic)).map((one) => deadLetterCodec.decode(one)),
    async restart() {
      await ingress.stop();
      ingress = await start();
    },
    async close() {
      log.heal();
      await ingress.stop();
      await closeLog();
    },
  };
}

/** One request, as `application/json` unless another type (or none) is given. */
export async function postDelivery(
  url: string,
  body: string | Uint8Array,
  options: PostOptions = {},
): Promise<Posted> {
  const { type = 'application/json', id, headers } = options;
  const answer = await fetch(url, {
    method: 'POST',
    body: body as BodyInit,
    headers: {
      ...('type' in options && options.type === undefined ? {} : { 'content-type': type }),
      ...(id !== undefined && { 'x-delivery-id': id }),
      ...headers,
    },
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return {
    status: answer.status,
    headers: answer.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** All values of a topic, partition by partition. */
async function valuesOf(log: EventLog, topic: string): Promise<Buffer[]> {
  const values: Buffer[] = [];
  for await (const cut of log.tail([topic], { from: 'earliest' })) {
    for (const { value } of cut.batches.flatMap(({ records }) => records))
      if (value) values.push(value);
    if (cut.atEnd) break;
  }
  return values;
}
