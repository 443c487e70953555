import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEven, type Ledger } from '../../../core/ledger/account.ts';
import { sinkKey } from '../../../core/ledger/ledger-entries.ts';
import { openLedgerView, type SinkStanding } from '../../../core/ledger/ledger-view.ts';
import { sourceOf } from '../../../core/ledger/source-of.ts';
import type { EventLog } from '../../../core/log/event-log.ts';
import { enrichedTopic, ledgerTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import { openEnricherRoom } from '../../support/start-enricher-room.ts';
import { startEntrySink } from '../../support/start-entry-sink.ts';
import { until } from '../../support/until.ts';
import { busPipeline } from '../enricher/bus-pipeline.ts';

/** A sink that keeps nothing but its account. */
async function startCountingSink(log: EventLog, name: string, maxRecords: number) {
  const offsets: Record<number, number> = {};
  const sources: Record<string, { stored: number; expired: number; deadLettered: number }> = {};
  const consumption = await log.consume({
    group: name,
    topics: [enrichedTopic],
    maxRecords,
    handle: async ({ partition, records, nextOffset }) => {
      for (const { value } of records) {
        const source = sourceOf(value);
        sources[source] ??= { stored: 0, expired: 0, deadLettered: 0 };
        sources[source].stored++;
      }
      offsets[partition] = nextOffset;
    },
  });
  const account = async (): Promise<SinkStanding> => {
    const standing = structuredClone({ offsets: { [enrichedTopic]: offsets }, sources });
    // The answer of a database is old when it comes: meanwhile the sink goes on.
    await new Promise((resolve) => setTimeout(resolve, 15));
    return standing;
  };
  return { name, account, stop: () => consumption.stop() };
}

const at = 1_700_000_000_000_000;
const some = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const id = from + index;
    return makeReading({
      eventId: `e${id % 5 === 0 ? id - 1 : id}`,
      source: id % 3 === 0 ? 'buses' : 'trams',
      entityId: `bus-${id % 17}`,
      observedAt: at,
      numbers: { speed: id % 7 === 0 ? -1 : 10 },
    });
  });

test('promise 2: while readings flow, every ledger that is drawn up is even', {
  timeout: 60_000,
}, async (t) => {
  const room = await openEnricherRoom(busPipeline());
  const total = 12_000;
  const sinks = [
    await startCountingSink(room.log, 'quick', 1000),
    await startCountingSink(room.log, 'slow', 37),
    await startEntrySink(room.log, { name: 'by-entries', maxRecords: 113 }),
  ];
  const view = await openLedgerView({
    log: room.log,
    sinks,
    ingressDeadLetters: async () => ({ buses: 2 }),
    maxTries: 1,
  });
  try {
    const enricher = await room.startEnricher();
    // Collected: an assertion within `until` would only be tried again.
    const uneven: Ledger[] = [];
    let drawn = 0;
    let drawnInFlight = 0;
    const flow = (async () => {
      for (let from = 0; from < total; from += 100) await room.appendReadings(some(from, 100));
    })();
    await until(async () => {
      const ledger = await view.read();
      if (!isEven(ledger)) uneven.push(ledger);
      drawn++;
      const { buses, trams } = ledger.sources;
      if ((buses?.inFlight ?? 0) > 0 || (trams?.sinks.slow?.inFlight ?? 0) > 0) drawnInFlight++;
      const accepted = (buses?.accepted ?? 0) + (trams?.accepted ?? 0);
      const settled =
        buses?.inFlight === 0 &&
        trams?.inFlight === 0 &&
        [buses, trams].every((source) =>
          Object.values(source.sinks).every(({ inFlight }) => inFlight === 0),
        );
      return accepted === total + 2 && settled;
    });
    await flow;
    assert.deepEqual(uneven, []);
    assert.ok(drawnInFlight > 0, 'some were drawn up with readings in flight');
    t.diagnostic(`${drawn} ledgers drawn up, ${drawnInFlight} with readings in flight, all even`);
    await enricher.stop();
  } finally {
    for (const sink of sinks) await sink.stop();
    view.close();
    await room.close();
  }
});

test('readings that the enricher has not seen are accepted and in flight; a sink that never ran has all of its own in flight', async () => {
  const room = await openEnricherRoom(busPipeline());
  const idle = { name: 'idle', account: async () => ({ offsets: {}, sources: {} }) };
  const view = await openLedgerView({
    log: room.log,
    sinks: [idle],
    ingressDeadLetters: async () => ({}),
    sourceNames: ['buses', 'quiet'],
  });
  try {
    assert.equal((await view.read()).sources.quiet?.accepted, 0);
    await room.appendReadings([1, 2, 3].map((id) => makeReading({ eventId: `e${id}` })));
    const before = (await view.read()).sources.buses;
    assert.equal(before?.accepted, 3);
    assert.equal(before?.inFlight, 3);
    const enricher = await room.startEnricher();
    const after = await until(async () => {
      const { buses } = (await view.read()).sources;
      return buses?.inFlight === 0 ? buses : undefined;
    });
    assert.equal(after.accepted, 3);
    assert.deepEqual(after.sinks.idle, {
      stored: 0,
      expired: 0,
      deadLettered: 0,
      inFlight: 3,
      difference: 0,
    });
    await enricher.stop();
  } finally {
    view.close();
    await room.close();
  }
});

test('a sink that keeps its counts in the topic is taken at the same moment as the log, and shows what it lost', async () => {
  const room = await openEnricherRoom(busPipeline(), { partitions: 1 });
  const entry = (offset: number, stored: number) => ({
    topic: ledgerTopic,
    key: sinkKey('influx-sink', 0),
    value: Buffer.from(
      JSON.stringify({ offset, sources: { buses: { stored, expired: 0, deadLettered: 1 } } }),
    ),
    timestampMs: 1,
  });
  const view = await openLedgerView({
    log: room.log,
    sinks: [{ name: 'influx-sink' }],
    ingressDeadLetters: async () => ({}),
  });
  const drawn = async () => (await view.read()).sources.buses?.sinks['influx-sink'];
  try {
    const enricher = await room.startEnricher();
    await room.appendReadings([1, 2, 3, 4].map((id) => makeReading({ eventId: `e${id}` })));
    await until(async () => (await room.recordsOf(enrichedTopic)).length === 4);
    assert.deepEqual(await drawn(), {
      stored: 0,
      expired: 0,
      deadLettered: 0,
      inFlight: 4,
      difference: 0,
    });
    await room.log.append([entry(3, 2)]);
    assert.deepEqual(await drawn(), {
      stored: 2,
      expired: 0,
      deadLettered: 1,
      inFlight: 1,
      difference: 0,
    });
    await room.log.append([entry(4, 2)]);
    assert.equal((await drawn())?.difference, 1, 'one was lost');
    await enricher.stop();
  } finally {
    view.close();
    await room.close();
  }
});

test('what ingress counted is in the ledger: unmatched packets, and readings that a format dropped', async () => {
  const room = await openEnricherRoom(busPipeline());
  const entry = (key: string, counts: object) => ({
    topic: ledgerTopic,
    key,
    value: Buffer.from(JSON.stringify(counts)),
    timestampMs: 1,
  });
  await room.log.append([entry('ingress/a', { unmatched: 1, filtered: { buses: 2 } })]);
  const view = await openLedgerView({
    log: room.log,
    sinks: [],
    ingressDeadLetters: async () => ({}),
  });
  try {
    await room.log.append([
      entry('ingress/a', { unmatched: 4, filtered: { buses: 3 } }),
      entry('ingress/b', { unmatched: 1, filtered: {} }),
    ]);
    const ledger = await view.read();
    assert.equal(ledger.unmatched, 5);
    assert.equal(ledger.sources.buses?.filtered, 3);
    assert.equal(ledger.sources.buses?.accepted, 3);
  } finally {
    view.close();
    await room.close();
  }
});

test('a sink that lost readings, or whose store was rebuilt, shows it as a difference or as in flight', async () => {
  const room = await openEnricherRoom(busPipeline(), { partitions: 1 });
  let standing: SinkStanding = { offsets: {}, sources: {} };
  const view = await openLedgerView({
    log: room.log,
    sinks: [{ name: 'sink', account: async () => standing }],
    ingressDeadLetters: async () => ({}),
  });
  try {
    const enricher = await room.startEnricher();
    await room.appendReadings([1, 2, 3, 4].map((id) => makeReading({ eventId: `e${id}` })));
    await until(async () => (await room.recordsOf(enrichedTopic)).length === 4);
    const stored = (count: number) => ({ buses: { stored: count, expired: 0, deadLettered: 0 } });
    standing = { offsets: { [enrichedTopic]: { 0: 4 } }, sources: stored(3) };
    assert.equal((await view.read()).sources.buses?.sinks.sink?.difference, 1, 'one was lost');
    standing = { offsets: { [enrichedTopic]: { 0: 1 } }, sources: stored(1) };
    assert.deepEqual((await view.read()).sources.buses?.sinks.sink, {
      stored: 1,
      expired: 0,
      deadLettered: 0,
      inFlight: 3,
      difference: 0,
    });
    await enricher.stop();
  } finally {
    view.close();
    await room.close();
  }
});
