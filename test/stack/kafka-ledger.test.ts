import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { isEven, type Ledger } from '../../core/ledger/account.ts';
import { openLedgerView, type SinkStanding } from '../../core/ledger/ledger-view.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { makeReading } from '../support/make-reading.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { rawRecord } from '../support/start-enricher-room.ts';
import { startEntrySink } from '../support/start-entry-sink.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { busPipeline } from '../unit/enricher/bus-pipeline.ts';

/** A sink that keeps nothing but its account, as one does whose counts are in its own database. */
async function startCountingSink(log: EventLog, name: string) {
  const offsets: Record<number, number> = {};
  const sources: Record<string, { stored: number; expired: number; deadLettered: number }> = {};
  const consumption = await log.consume({
    group: name,
    topics: [enrichedTopic],
    maxRecords: 300,
    handle: async ({ partition, records, nextOffset }) => {
      // A batch comes again when a group's members change.
      if (nextOffset <= (offsets[partition] ?? 0)) return;
      for (const { value, offset } of records) {
        if (offset < (offsets[partition] ?? 0)) continue;
        const source = sourceOf(value);
        sources[source] ??= { stored: 0, expired: 0, deadLettered: 0 };
        sources[source].stored++;
      }
      offsets[partition] = nextOffset;
    },
  });
  const account = async (): Promise<SinkStanding> =>
    structuredClone({ offsets: { [enrichedTopic]: offsets }, sources });
  return { name, account, stop: () => consumption.stop() };
}

test('promise 2 on Kafka: while readings flow through two enrichers, every ledger that is drawn up is even', {
  skip: withoutEngine(),
  timeout: 180_000,
}, async (t) => {
  const { brokers } = await startKafka();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
  const topicPrefix = `ledger-${randomUUID()}.`;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  const groupPrefix = `${topicPrefix}`;
  const settingsOf = (instance: string) =>
    testSettings(join(folder, instance), { kafka, groupPrefix, partitions: 3 });
  const pipeline = busPipeline();
  const now = () => Date.now() * 1000;
  const logs: EventLog[] = [];
  const contextOf = async (instance: string) => {
    const metrics = new Registry();
    const settings = settingsOf(instance);
    const events = createEvents({ level: 'silent', metrics });
    const log = await openLog({ settings, events });
    logs.push(log);
    return { pipeline, settings, log, events, metrics, now };
  };
  const first = await contextOf('one');
  const { log } = first;
  await log.createTopics(pipelineTopics(pipeline, first.settings));
  await publishReference(first);
  const total = 6000;
  const counting = await startCountingSink(log, `${groupPrefix}counting`);
  const entries = await startEntrySink(log, {
    name: 'by-entries',
    group: `${groupPrefix}by-entries`,
    maxRecords: 113,
  });
  const enrichers = [await startEnricher(first), await startEnricher(await contextOf('two'))];
  const view = await openLedgerView({
    log,
    sinks: [counting, { name: 'by-entries' }],
    ingressDeadLetters: async () => ({}),
    maxTries: 1,
  });
  try {
    const uneven: Ledger[] = [];
    let drawn = 0;
    let inFlight = 0;
    const flow = (async () => {
      for (let from = 0; from < total; from += 100)
        await log.append(
          Array.from({ length: 100 }, (_, index) =>
            rawRecord(
              makeReading({
                eventId: `e${from + index}`,
                source: index % 3 === 0 ? 'buses' : 'trams',
                entityId: `bus-${index % 17}`,
              }),
            ),
          ),
        );
    })();
    await until(async () => {
      const ledger = await view.read();
      drawn++;
      if (!isEven(ledger)) uneven.push(ledger);
      const sources = Object.values(ledger.sources);
      const waiting = sources.reduce(
        (sum, source) =>
          sum +
          source.inFlight +
          Object.values(source.sinks).reduce((all, sink) => all + sink.inFlight, 0),
        0,
      );
      if (waiting > 0) inFlight++;
      const accepted = sources.reduce((sum, source) => sum + source.accepted, 0);
      return accepted === total && waiting === 0;
    }, 120_000);
    await flow;
    t.diagnostic(`${drawn} ledgers drawn up, ${inFlight} with readings in flight`);
    assert.deepEqual(uneven, []);
    assert.ok(inFlight > 0, 'some were drawn up with readings in flight');
  } finally {
    view.close();
    for (const enricher of enrichers) await enricher.stop();
    await counting.stop();
    await entries.stop();
    for (const each of logs.toReversed()) await each.close();
    await rm(folder, { recursive: true });
  }
});
