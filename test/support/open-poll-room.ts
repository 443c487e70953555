import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import { checkPipeline } from '../../core/config/check-pipeline.ts';
import { definePipeline, number, type Pipeline, text } from '../../core/config/pipeline.ts';
import type { PollDeclaration } from '../../core/config/poll-declaration.ts';
import type { DeadLetter } from '../../core/dead-letter.ts';
import { createEvents } from '../../core/events.ts';
import type { Format } from '../../core/format.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { type PollState, parsePollState } from '../../core/poll/poll-state.ts';
import type { Reading } from '../../core/reading.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { deadLettersTopic, pollStatesTopic, rawTopic } from '../../core/topics.ts';
import { json } from '../../formats/json.ts';
import { startPollIngress } from '../../services/poll-ingress/main.ts';
import { recordsOf } from './start-enricher-room.ts';
import { testSettings } from './test-settings.ts';
import { until } from './until.ts';

/** A mapping of one item: `{ id, at, value }`. */
export const itemFormat = json({
  entity: { type: 'thing', id: '{$.id}' },
  time: { path: '$.at', unit: 'rfc3339', optional: true },
  fields: { value: '$.value' },
});

/** A pipeline with one polled source, `things`. */
export function pollPipeline(poll: PollDeclaration, format: Format = itemFormat): Pipeline {
  const declaration = definePipeline({
    name: 'polled',
    models: { thing: { fields: { value: number(), name: text() } } },
    sources: { things: { format, poll } },
  });
  const checked = checkPipeline(declaration, process.cwd());
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.pipeline;
}

export interface PollRoom {
  readonly context: ServiceContext;
  readonly log: EventLog;
  readonly folder: string;
  readonly logLines: readonly string[];
  start(): Promise<Service>;
  readings(): Promise<readonly Reading[]>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  state(): Promise<PollState | undefined>;
  /** Waits until the source stands so. */
  untilState(fits: (state: PollState) => boolean, deadlineMs?: number): Promise<PollState>;
  close(): Promise<void>;
}

/** An embedded log in a folder of its own, and `poll-ingress` on it. */
export async function openPollRoom(
  pipeline: Pipeline,
  options: { readonly now?: () => number; readonly folder?: string } = {},
): Promise<PollRoom> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'millrace-poll-')));
  const metrics = new Registry();
  const logLines: string[] = [];
  const destination = { write: (line: string) => void logLines.push(line) };
  const events = createEvents({ level: 'info', metrics, destination });
  const settings = testSettings(folder, { partitions: 3 });
  const log = await openSqliteLog({ folder });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const now = options.now ?? (() => Date.now() * 1000);
  const context = { pipeline, settings, log, events, metrics, now };
  const services: Service[] = [];
  const state = async () => {
    const record = (await recordsOf(log, pollStatesTopic)).at(-1);
    return record?.value ? parsePollState(record.value) : undefined;
  };
  return {
    context,
    log,
    folder,
    logLines,
    async start() {
      const service = await startPollIngress(context);
      services.push(service);
      return service;
    },
    readings: async () =>
      (await recordsOf(log, rawTopic)).map(({ value }) => readingCodec.decode(value as Buffer)),
    deadLetters: async () =>
      (await recordsOf(log, deadLettersTopic)).map(({ value }) =>
        deadLetterCodec.decode(value as Buffer),
      ),
    state,
    untilState: (fits, deadlineMs = 15_000) =>
      until(async () => {
        const is = await state();
        return is !== undefined && fits(is) ? is : undefined;
      }, deadlineMs),
    async close() {
      for (const service of services) await service.stop();
      await log.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}
