import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { modelCodec, readingCodec, registerEntryCodec } from '../../core/codec.ts';
import { checkPipeline } from '../../core/config/check-pipeline.ts';
import { number, type Pipeline, text } from '../../core/config/pipeline.ts';
import { readSettings } from '../../core/config/read-settings.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import type { Model, RegisterEntry } from '../../core/model.ts';
import { entityKey, type Reading } from '../../core/reading.ts';
import type { ServiceContext } from '../../core/service.ts';
import { enrichedTopic, modelsTopic, registersTopic } from '../../core/topics.ts';
import type { DashboardService } from '../../services/dashboard/dashboard-service.ts';
import { startDashboard } from '../../services/dashboard/main.ts';
import { openSqliteWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import type { StoreWriter } from '../../stores/store.ts';

export interface TestDashboard {
  readonly url: string;
  readonly service: DashboardService;
  readonly log: EventLog;
  readonly writer: StoreWriter;
  readonly metrics: Registry;
  /** What the service was started with; with it another can be started over the same log and store. */
  readonly context: ServiceContext;
  /** Appends to `readings.enriched.v1`. */
  publish(readings: readonly Reading[]): Promise<void>;
  /** Writes what the log has and the store hasn't, as a sink does. */
  store(): Promise<void>;
  publishModel(model: Model): Promise<void>;
  publishRegisterEntry(entry: RegisterEntry): Promise<void>;
  stop(): Promise<void>;
}

export interface TestDashboardOptions {
  readonly settings?: Partial<Settings>;
  readonly pipeline?: Partial<Pipeline>;
}

/** A dashboard on a free port over a real log and a real store in a folder of its own. */
export async function startTestDashboard(
  options: TestDashboardOptions = {},
): Promise<TestDashboard> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-dashboard-'));
  const settings = { ...testSettings(folder), ...options.settings };
  const pipeline = { ...testPipeline(folder), ...options.pipeline };
  const log = await openSqliteLog({ folder, reserveBytes: 0 });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const writer = await openSqliteWriter({ folder, historyMs: null, logId: log.id });
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  const now = () => Date.now() * 1000;
  const append = async (topic: string, key: string, value: Buffer) =>
    log.append([{ topic, key, value, timestampMs: Date.now() }]);
  const close = async () => {
    await writer.close();
    await log.close();
    await rm(folder, { recursive: true });
  };
  const context: ServiceContext = { pipeline, settings, log, events, metrics, now };
  const service = await startDashboard(context).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    url: service.url,
    service,
    log,
    writer,
    metrics,
    context,
    publish: (readings) =>
      log.append(
        readings.map((reading) => ({
          topic: enrichedTopic,
          key: entityKey(reading),
          value: readingCodec.encode(reading),
          // Not its receivedAt: retention would take readings of long ago away within a second.
          timestampMs: Date.now(),
        })),
      ),
    store: () => storeAll(log, writer),
    publishModel: (model) => append(modelsTopic, model.entityType, modelCodec.encode(model)),
    publishRegisterEntry: (entry) =>
      append(registersTopic, `${entry.register}/${entry.key}`, registerEntryCodec.encode(entry)),
    stop: async () => {
      await service.stop();
      await close();
    },
  };
}

async function storeAll(log: EventLog, writer: StoreWriter): Promise<void> {
  const { offsets } = await writer.account();
  for await (const cut of log.tail([enrichedTopic], { from: { offsets } })) {
    for (const batch of cut.batches) await writer.writeReadings(batch);
    if (cut.atEnd) return;
  }
}

function testSettings(folder: string): Settings {
  const read = readSettings({ MILLRACE_DATA_DIR: folder });
  return { ...read, partitions: 3, httpPort: 0 };
}

function testPipeline(folder: string): Pipeline {
  const checked = checkPipeline(
    {
      name: 'test city',
      attribution: 'Made up for tests',
      models: { bus: { fields: { speed: number({ unit: 'km/h' }), route: text() } } },
      sources: {
        buses: {
          topics: ['city/+/bus'],
          format: {
            name: 'buses',
            contentType: 'application/json',
            emits: { bus: ['speed', 'route'] },
            units: { bus: { speed: 'km/h' } },
            decode: () => [],
          },
        },
      },
      retention: { history: 'forever' },
    },
    folder,
  );
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.pipeline;
}
