import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { readingCodec } from '../../core/codec.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import type { CopyLogReport } from '../../core/copy-log/copy-log.ts';
import { createEvents } from '../../core/events.ts';
import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import type { EventLog, LogRecord } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import type { Service } from '../../core/service.ts';
import { deadLettersTopic, enrichedTopic, rawTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { startSqliteSink } from '../../services/sqlite-sink/main.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { rawRecord, recordsOf } from '../support/start-enricher-room.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { busPipeline, onlyFast } from '../unit/enricher/bus-pipeline.ts';
import { isPassedOn, numberedReading } from './numbered-reading.ts';

const skip = withoutEngine();
const script = fileURLToPath(new URL('./copy-log-child.ts', import.meta.url));
const pipeline = busPipeline({ steps: [onlyFast] });
const topicPrefix = `copy-${randomUUID().slice(0, 8)}.`;
/** Readings that retention has taken from the enriched topic when the log is copied. */
const old = 1000;
const oldMs = Date.UTC(2023, 10, 14);
const dayMs = 86_400_000;

let folder: string;
let brokers: string[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-copy-'));
  if (!skip) ({ brokers } = await startKafka());
});
after(() => rm(folder, { recursive: true }));

const contextOf = (log: EventLog, dataDir = folder, groupPrefix = '') => {
  const metrics = new Registry();
  const events = createEvents({ level: 'warn', metrics });
  const settings = testSettings(dataDir, { partitions: 3, groupPrefix });
  return { pipeline, settings, log, events, metrics, now: () => Date.now() * 1000 };
};

async function append(log: EventLog, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  for (let start = 0; start < numbers.length; start += 100) {
    const records = numbers.slice(start, start + 100).map((n) => {
      const timestampMs = n < old ? oldMs : Date.now();
      return { ...rawRecord(numberedReading(n)), timestampMs };
    });
    await log.append(records);
  }
}

/** Resolves when a group, or a store, stands at the ends of these topics. */
async function drained(
  log: EventLog,
  topics: readonly string[],
  offsets: () => Promise<Readonly<Record<string, Readonly<Record<number, number>>>>>,
): Promise<void> {
  await until(async () => {
    const now = await offsets();
    // The end of a topic on Kafka counts markers that no reader passes: what matters is that no record is left.
    for await (const cut of log.tail(topics, { from: { offsets: now } }))
      return cut.atEnd && cut.batches.every(({ records }) => records.length === 0);
    return false;
  });
}

/** The city before the move: a sink that has fallen behind, raw readings that nobody has enriched yet, and a past. */
async function liveEmbedded(): Promise<void> {
  const log = await openSqliteLog({ folder, maintenanceIntervalMs: 50 });
  const context = contextOf(log);
  const specs = pipelineTopics(pipeline, context.settings);
  await log.createTopics(specs);
  await publishReference(context);
  const enricher = await startEnricher(context);
  const sink = await startSqliteSink(context);
  const store = openSqliteReader({ folder });
  const enriched = () => drained(log, [rawTopic], () => log.committed('enricher'));
  await append(log, 0, 2000);
  await append(log, 1900, 2000);
  await enriched();
  await drained(log, [enrichedTopic], async () => (await store.account()).offsets);
  await sink.stop();
  await append(log, 2000, 3000);
  await enriched();
  await enricher.stop();
  await append(log, 3000, 4000);
  // Retention takes the enriched readings of long ago.
  await log.createTopics(
    specs.map((spec) => (spec.name === enrichedTopic ? { ...spec, retentionMs: dayMs } : spec)),
  );
  await until(async () =>
    (await log.ranges([enrichedTopic])).every(({ startOffset }) => startOffset > 0),
  );
  await store.close();
  await log.close();
}

interface Said {
  readonly progress?: { readonly records: number; readonly totalRecords: number };
  readonly report?: CopyLogReport;
}

/** Runs a copy; kills it at its step number `killAt`. Gives the report of one that came to its end. */
function runCopy(killAt: number): Promise<CopyLogReport | undefined> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [folder, brokers.join(','), topicPrefix]);
    let steps = 0;
    let report: CopyLogReport | undefined;
    child.on('message', (said: Said) => {
      report = said.report ?? report;
      if (said.progress && ++steps === killAt) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL' || (report && code === 0)) resolve(report);
      else reject(new Error(`The copy ended with ${code ?? signal}.`));
    });
  });
}

const kafkaSettings = (): KafkaSettings => ({
  brokers,
  sasl: undefined,
  tls: undefined,
  topicPrefix,
  replication: 1,
});

/** What a record is, but for its offset. */
const contents = (records: readonly LogRecord[]) =>
  records.map(({ key, value, timestampMs }) => [key, value?.toString('base64'), timestampMs]);

const numbersOf = (records: readonly LogRecord[]) =>
  records.map(({ value }) => Number(readingCodec.decode(value as Buffer).eventId));

test('promises 2, 3 and 5: a city moves from the embedded log to Kafka by a copy that is killed again and again', {
  skip,
  timeout: 180_000,
}, async (t) => {
  await liveEmbedded();
  let kills = 0;
  let report: CopyLogReport | undefined;
  // Each gets a little further than the one before; the last isn't killed.
  for (; !report && kills < 4; kills++) report = await runCopy(2 + (kills % 3));
  report ??= await runCopy(Number.POSITIVE_INFINITY);
  assert.equal(report?.wasDone, false);
  assert.equal(
    (await runCopy(Number.POSITIVE_INFINITY))?.wasDone,
    true,
    'a second copy does nothing',
  );

  const source = await openSqliteLog({ folder });
  const before = await Promise.all(
    [rawTopic, enrichedTopic, deadLettersTopic].map((topic) => recordsOf(source, topic)),
  );
  const goneNumbers = new Set(Array.from({ length: old }, (_, n) => n).filter(isPassedOn));
  for (const number of numbersOf(before[1] ?? [])) goneNumbers.delete(number);
  await source.close();

  const log = await openKafkaLog({ kafka: kafkaSettings(), stateFolder: folder });
  const running: Service[] = [];
  const other = await mkdtemp(join(tmpdir(), 'millrace-copy-other-'));
  const store = openSqliteReader({ folder });
  const otherStore = openSqliteReader({ folder: other });
  try {
    const copied = await Promise.all(
      [rawTopic, enrichedTopic, deadLettersTopic].map((topic) => recordsOf(log, topic)),
    );
    for (const [index, records] of before.entries())
      assert.deepEqual(contents(copied[index] ?? []), contents(records), 'no gap, no repeat');

    const context = contextOf(log);
    await log.createTopics(pipelineTopics(pipeline, context.settings));
    await publishReference(context);
    running.push(await startSqliteSink(context));
    // A store that begins with the copy, as one of another kind would.
    running.push(await startSqliteSink(contextOf(log, other, 'other-')));
    running.push(await startEnricher(context));
    await append(log, 3900, 5000);
    await append(log, 200, 400);
    await append(log, 1500, 1600);
    await drained(log, [rawTopic], () => log.committed('enricher'));
    for (const { account } of [store, otherStore])
      await drained(log, [enrichedTopic], async () => (await account()).offsets);

    const enriched = numbersOf(await recordsOf(log, enrichedTopic));
    const wanted = Array.from({ length: 5000 }, (_, n) => n).filter(isPassedOn);
    assert.deepEqual(
      [...enriched, ...goneNumbers].sort((a, b) => a - b),
      wanted,
      'each number once, and those of before are recognised',
    );
    assert.equal((await store.totals()).readings, wanted.length, 'and in the store once');

    const view = await openLedgerView({
      log,
      sinks: [
        { name: 'sqlite-sink', account: () => store.account() },
        { name: 'other', account: () => otherStore.account() },
      ],
      ingressDeadLetters: async () => ({}),
    });
    const account = (await view.read()).sources.buses;
    view.close();
    assert.equal(account?.difference, 0, 'the ledger is even');
    assert.equal(account?.inFlight, 0);
    assert.equal(account?.passedOn, wanted.length);
    assert.equal(account?.accepted, 4000 + 100 + 1100 + 200 + 100);
    assert.equal(account?.sinks['sqlite-sink']?.difference, 0);
    assert.equal(account?.sinks['sqlite-sink']?.stored, wanted.length);
    assert.equal(account?.sinks.other?.difference, 0);
    assert.equal(account?.sinks.other?.expired, goneNumbers.size);
    t.diagnostic(
      `${kills} kills; ${before.flat().length} records copied, ${goneNumbers.size} gone before, ${account?.deduplicated} repeats recognised, difference 0`,
    );
  } finally {
    for (const service of running) await service.stop();
    await store.close();
    await otherStore.close();
    await log.close();
    await rm(other, { recursive: true });
  }
});
