import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { readingCodec } from '../../core/codec.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import type { Format } from '../../core/format.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import type { Reading } from '../../core/reading.ts';
import { rawTopic } from '../../core/topics.ts';
import { startMqttIngress } from '../../services/mqtt-ingress/main.ts';
import type { MqttIngress } from '../../services/mqtt-ingress/mqtt-ingress.ts';
import { type FaultyLog, faultyLog } from './faulty-log.ts';
import { testSettings } from './test-settings.ts';

/** `{"n": number, "at"?: micros}` on `meters/<id>`; a text that is no JSON is a dead letter. */
const numberedFormat: Format = {
  name: 'numbered',
  topics: ['meters/+'],
  contentType: 'application/json',
  emits: { meter: ['n'] },
  decode({ topic, payload }) {
    let values: { n: number; at?: number };
    try {
      values = JSON.parse(Buffer.from(payload).toString());
    } catch {
      return [
        { kind: 'deadLetter', reason: 'payload-not-json', detail: 'The payload is no JSON.' },
      ];
    }
    if (values.n < 0) return [{ kind: 'drop', reason: 'filtered-by-rule' }];
    const entityId = topic.slice('meters/'.length);
    const { n, at: observedAt } = values;
    const rest = { flags: {}, texts: {}, tags: {}, position: null, unset: [] };
    const observation = { entityType: 'meter', entityId, observedAt, numbers: { n }, ...rest };
    return [{ kind: 'ok', observation }];
  },
};

const weekMs = 7 * 24 * 3600 * 1000;
export const numberedPipeline: Pipeline = {
  name: 'numbered',
  folder: '.',
  models: {},
  sources: { meters: { format: numberedFormat } },
  steps: [],
  retention: { historyMs: weekMs, rawMs: weekMs, topicsMs: weekMs, sizeBytes: null },
  maxFutureMs: 300_000,
  dedupeHorizonMs: weekMs,
};

export const quietSettings = testSettings('', {
  mqttListen: { host: '127.0.0.1', port: 0 },
  partitions: 2,
});

export interface IngressRig {
  readonly folder: string;
  readonly log: FaultyLog;
  /** The ingress that runs now. */
  readonly ingress: MqttIngress;
  readonly metrics: Registry;
  /** Address of its own broker. */
  readonly url: string;
  /** Everything in `readings.raw.v1`, partition by partition. */
  readings(): Promise<Reading[]>;
  /** Stops the ingress and starts another on the same folder and log, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly pipeline?: Partial<Pipeline>;
  readonly settings?: Partial<Settings>;
}

/** An MQTT ingress on a real embedded log, in a folder of its own. */
export async function openIngressRig(options: RigOptions = {}): Promise<IngressRig> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ingress-'));
  const log = faultyLog(await openSqliteLog({ folder }));
  const pipeline = { ...numberedPipeline, ...options.pipeline };
  let settings: Settings = { ...quietSettings, ...options.settings, dataDir: folder };
  await log.createTopics(pipelineTopics(pipeline, settings));
  let metrics = new Registry();
  const start = () => {
    metrics = new Registry();
    const destination = { write: () => undefined };
    const events = createEvents({ level: 'silent', metrics, destination });
    const now = () => Math.floor((performance.timeOrigin + performance.now()) * 1000);
    return startMqttIngress({ pipeline, settings, log, events, metrics, now });
  };
  let ingress: MqttIngress;
  try {
    ingress = await start();
  } catch (error) {
    await log.close();
    await rm(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    log,
    get ingress() {
      return ingress;
    },
    get metrics() {
      return metrics;
    },
    get url() {
      return `mqtt://127.0.0.1:${ingress.mqttPort}`;
    },
    readings: () => readRaw(log),
    async restart() {
      const port = ingress.mqttPort;
      await ingress.stop();
      if (port !== undefined) settings = { ...settings, mqttListen: { host: '127.0.0.1', port } };
      ingress = await start();
    },
    async close() {
      log.heal();
      await ingress.stop();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function readRaw(log: FaultyLog): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const cut of log.tail([rawTopic], { from: 'earliest' })) {
    for (const { value } of cut.batches.flatMap(({ records }) => records)) {
      if (value) readings.push(readingCodec.decode(value));
    }
    if (cut.atEnd) break;
  }
  return readings;
}
