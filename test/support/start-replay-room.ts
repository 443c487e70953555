import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import { incomingToRecords } from '../../core/intake/incoming-to-records.ts';
import type { Ledger } from '../../core/ledger/account.ts';
import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import type { Service, ServiceContext } from '../../core/service.ts';
import { deadLetterMarksTopic, deadLettersTopic, returnedTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { readingTrial } from '../../services/enricher/reading-trial.ts';
import { startPostgresSink } from '../../services/postgres-sink/main.ts';
import { startSqliteSink } from '../../services/sqlite-sink/main.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import { type ReplayReport, replayLetters } from '../../stores/dead-letters/replay-letters.ts';
import { type ComposedStoreReader, openStoreReader } from '../../stores/open-store-reader.ts';
import { testSettings } from './test-settings.ts';
import { until } from './until.ts';

export interface ReplayRoomOptions {
  readonly kafka?: readonly string[];
  readonly postgresUrl?: string;
}

/** A log, an enricher and the sink of a store, whose configuration can be changed between packets and replays. */
export interface ReplayRoom {
  readonly log: EventLog;
  readonly store: ComposedStoreReader;
  readonly sinkName: 'sqlite-sink' | 'postgres-sink';
  readonly folder: string;
  readonly context: ServiceContext;
  /** The services go on with this configuration; nothing is lost between. */
  configure(pipeline: Pipeline): Promise<void>;
  /** As an ingress appends them. */
  arrive(source: string, packets: readonly { topic: string; payload: string }[]): Promise<void>;
  /** One step. `log`: another to append to, that fails. */
  replay(request: Partial<LetterRequest>, log?: Pick<EventLog, 'append'>): Promise<ReplayReport>;
  /** Step after step. */
  replayAll(request?: Partial<LetterRequest>): Promise<readonly ReplayReport[]>;
  /** When everything that was appended is enriched and stored. */
  settledLedger(): Promise<Ledger>;
  close(): Promise<void>;
}

export const noFilter: LetterRequest = {
  filter: {},
  where: [],
  includeClosed: false,
  dryRun: false,
  by: 'a test',
  reason: null,
  limit: 100,
};

export async function startReplayRoom(
  first: Pipeline,
  { kafka: brokers, postgresUrl }: ReplayRoomOptions = {},
): Promise<ReplayRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-replay-'));
  const prefix = brokers ? `replay-${randomUUID()}.` : '';
  const kafka: KafkaSettings | undefined = brokers && {
    brokers,
    sasl: undefined,
    tls: undefined,
    topicPrefix: prefix,
    replication: 1,
  };
  const settings = testSettings(folder, {
    partitions: 2,
    kafka,
    groupPrefix: prefix,
    ...(postgresUrl !== undefined && { postgresUrl }),
  });
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  const log = await openLog({ settings, events });
  const now = () => Date.now() * 1000;
  let pipeline = first;
  let running: Service[] = [];
  const context = () => ({ pipeline, settings, log, events, metrics: new Registry(), now });
  const start = async () => {
    await log.createTopics(pipelineTopics(pipeline, settings));
    const sink = postgresUrl === undefined ? startSqliteSink : startPostgresSink;
    running = [await sink(context()), await startEnricher(context())];
  };
  const stop = async () => {
    for (const service of running.toReversed()) await service.stop();
  };
  await start();
  const store = openStoreReader({ settings });
  const sinkName = postgresUrl === undefined ? 'sqlite-sink' : 'postgres-sink';
  const view = await openLedgerView({
    log,
    sinks: [{ name: sinkName, account: store.accounts[sinkName] }],
    ingressDeadLetters: async () => (await store.ingressDeadLetters()).sources,
  });
  const replay: ReplayRoom['replay'] = (request, other = log) =>
    replayLetters(
      { store, log: other, now, pipeline, tryReading: readingTrial(pipeline, () => undefined) },
      { ...noFilter, ...request },
    );
  return {
    log,
    store,
    sinkName,
    folder,
    context: context(),
    async configure(next) {
      await stop();
      pipeline = next;
      await start();
    },
    async arrive(source, packets) {
      const format = pipeline.sources[source]?.format;
      if (format === undefined) throw new Error(`There is no source ${source}.`);
      for (const { topic, payload } of packets) {
        const { records } = incomingToRecords({
          source,
          format,
          topic,
          payload: Buffer.from(payload),
          mayRepeat: false,
          traceparent: null,
          receivedAt: now(),
          random: () => randomUUID(),
        });
        await log.append(records);
      }
    },
    replay,
    async replayAll(request = {}) {
      const reports: ReplayReport[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const report = await replay({ ...request, cursor });
        reports.push(report);
        cursor = report.nextCursor;
      }
      return reports;
    },
    async settledLedger() {
      return until(async () => {
        const ledger = await view.read();
        // What is on its way back is in no sum yet, and a sink's dead letters are there before its counts are.
        if (!(await isRead(log, settings.groupPrefix, store))) return undefined;
        const sources = Object.values(ledger.sources);
        const isSettled = sources.every(
          ({ inFlight, sinks }) =>
            inFlight === 0 && Object.values(sinks).every((sink) => sink.inFlight === 0),
        );
        return isSettled && isSame(ledger, await view.read()) ? ledger : undefined;
      });
    },
    async close() {
      view.close();
      await stop();
      await store.close();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

function isSame(one: Ledger, other: Ledger): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function isRead(
  log: EventLog,
  groupPrefix: string,
  store: ComposedStoreReader,
): Promise<boolean> {
  const enricher = await log.committed(`${groupPrefix}enricher`);
  const { offsets } = await store.account();
  const returned = await log.ranges([returnedTopic]);
  const letters = await log.ranges([deadLettersTopic, deadLetterMarksTopic]);
  const reached = (of: typeof offsets) => (range: (typeof returned)[number]) =>
    range.endOffset === range.startOffset ||
    (of[range.topic]?.[range.partition] ?? 0) >= range.endOffset;
  return returned.every(reached(enricher)) && letters.every(reached(offsets));
}
