import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../../core/reading.ts';
import {
  type InfluxSinkUnderTest,
  influxSinkUnderTest,
} from '../../support/influx-sink-under-test.ts';
import { makeReading } from '../../support/make-reading.ts';
import { type FakeInflux, startFakeInflux } from '../../support/start-fake-influx.ts';
import { until } from '../../support/until.ts';

const start = 1_700_000_000_000_000;

function readings(count: number, over: Partial<Reading> = {}, first = 0) {
  return Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `event-${first + n}`,
      observedAt: start + first + n,
      numbers: { n: first + n },
      ...over,
    }),
  );
}

async function withSink(
  work: (sink: InfluxSinkUnderTest, influx: FakeInflux) => Promise<void>,
): Promise<void> {
  const influx = await startFakeInflux();
  const sink = await influxSinkUnderTest();
  try {
    await work(sink, influx);
  } finally {
    await sink.remove();
    await influx.close();
  }
}

const counted = async (sink: InfluxSinkUnderTest) => (await sink.account()).sources.buses;
const storedCount = async (sink: InfluxSinkUnderTest) => (await counted(sink))?.stored ?? 0;

for (const status of [429, 503]) {
  test(`HTTP ${status} with Retry-After is waited out, and nothing is lost`, () =>
    withSink(async (sink, influx) => {
      influx.answer(() => ({ status, headers: { 'retry-after': '1' } }));
      const service = await sink.start(influx.influx);
      await sink.append(readings(10));
      await until(() => influx.writes.length > 0);
      await until(() => !service.health().ready);
      assert.match(service.health().detail ?? '', new RegExp(`HTTP ${status}`));
      influx.answer(() => ({ status: 204 }));
      await until(async () => (await storedCount(sink)) === 10);
      const [first, second] = influx.writes;
      assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 995, 'not before it may');
      assert.deepEqual(second?.lines, first?.lines);
      assert.deepEqual(service.health(), { ready: true });
    }));
}

test('a Retry-After that is a date, and none at all, are waited out as well', () =>
  withSink(async (sink, influx) => {
    const date = new Date(Date.now() + 1000).toUTCString();
    const answers = [{ 'retry-after': date }, {}];
    influx.answer(() => ({ status: 503, headers: answers.shift() ?? {} }));
    await sink.start(influx.influx);
    await sink.append(readings(1));
    await until(() => influx.writes.length >= 4);
    influx.answer(() => ({ status: 204 }));
    await until(async () => (await storedCount(sink)) === 1);
  }));

test('the one refused line becomes a dead letter in the commit of its neighbours', () =>
  withSink(async (sink, influx) => {
    const words = '{"code":"unprocessable entity","message":"field type conflict"}';
    influx.answer((lines) =>
      lines.some((line) => line.includes('n=13 ')) ? { status: 422, body: words } : { status: 204 },
    );
    await sink.append(readings(40));
    await sink.start(influx.influx);
    await until(async () => (await storedCount(sink)) === 39);
    assert.deepEqual(await counted(sink), { stored: 39, expired: 0, deadLettered: 1 });
    const letters = await sink.deadLetters();
    assert.deepEqual(
      letters.map(({ stage, reason, eventId }) => [stage, reason, eventId]),
      [['influx-sink', 'store-refused', 'event-13']],
    );
    assert.match(letters[0]?.detail ?? '', /field type conflict \(HTTP 422\)/);
    const page = await sink.metrics.metrics();
    assert.match(
      page,
      /millrace_influx_sink_readings_total\{source="buses",outcome="deadLettered"\} 1/,
    );
    assert.match(page, /millrace_influx_sink_readings_total\{source="buses",outcome="stored"\} 39/);
    assert.match(page, /millrace_influx_sink_lag_records\{[^}]*\} 0/);
    assert.match(page, /millrace_influx_sink_write_seconds_count\{[^}]*\} 1/);
  }));

test('an InfluxDB that refuses more than a fifth stops the sink, and nothing is set aside', () =>
  withSink(async (sink, influx) => {
    influx.answer(() => ({ status: 400, body: '{"error":"all wrong"}' }));
    await sink.append(readings(1000));
    const service = await sink.start(influx.influx);
    await until(() => service.health().detail?.includes('stopped'));
    assert.match(service.health().detail ?? '', /InfluxDB says: all wrong/);
    assert.deepEqual(await sink.deadLetters(), []);
    assert.deepEqual(await sink.account(), {
      offsets: { 'readings.enriched.v1': {} },
      sources: {},
    });
    assert.ok(influx.writes.length < 1000, 'the search for refused lines ends early');
    assert.ok(sink.lines.some((line) => line.includes('"sink.gave-up"')));
  }));

test('every refused line is found, however many readings of the batch make no line', () =>
  withSink(async (sink, influx) => {
    influx.answer((lines) =>
      lines.some((line) => line.includes('n=5'))
        ? { status: 422, body: '{"message":"field type conflict"}' }
        : { status: 204 },
    );
    await sink.append([
      ...readings(700, { numbers: {} }),
      ...readings(200, {}, 1000),
      ...readings(100, { numbers: { n: 5 } }, 2000),
    ]);
    await sink.start(influx.influx);
    await until(async () => (await counted(sink)) !== undefined);
    assert.deepEqual(await counted(sink), { stored: 900, expired: 0, deadLettered: 100 });
  }));

test('all that InfluxDB drops for its retention is counted as expired, however much it is', () =>
  withSink(async (sink, influx) => {
    influx.answer((lines) =>
      lines.some((line) => line.includes('n=5'))
        ? { status: 422, body: '{"message":"partial write: points beyond retention policy"}' }
        : { status: 204 },
    );
    await sink.append([...readings(100, { numbers: { n: 5 } }), ...readings(100, {}, 1000)]);
    const service = await sink.start(influx.influx);
    await until(async () => (await counted(sink)) !== undefined);
    assert.deepEqual(await counted(sink), { stored: 100, expired: 100, deadLettered: 0 });
    assert.deepEqual(service.health(), { ready: true });
  }));

for (const status of [401, 403, 404]) {
  test(`HTTP ${status} is said as what it is, and all goes on when it is mended`, () =>
    withSink(async (sink, influx) => {
      influx.answer(() => ({ status, body: '{"message":"so it is"}' }));
      const service = await sink.start(influx.influx);
      await sink.append(readings(5));
      await until(() => !service.health().ready);
      assert.match(service.health().detail ?? '', /should.*so it is/s);
      await until(() => sink.lines.some((line) => line.includes('"sink.misconfigured"')));
      influx.answer(() => ({ status: 204 }));
      await until(async () => (await storedCount(sink)) === 5);
      assert.deepEqual(await sink.deadLetters(), []);
      await until(() => service.health().ready);
    }));
}

test('readings that come one by one share requests', () =>
  withSink(async (sink, influx) => {
    await sink.start(influx.influx);
    const beganAtMs = performance.now();
    for (let n = 0; n < 100; n++) await sink.append(readings(1, {}, n));
    await until(async () => (await storedCount(sink)) === 100);
    // All are of one entity, so of one partition, which has a turn every 200 ms.
    const turns = Math.ceil((performance.now() - beganAtMs) / 200) + 1;
    const most = Math.min(turns, 99);
    assert.ok(influx.writes.length <= most, `${influx.writes.length} requests in ${turns} turns`);
  }));

test('counts go on where they stood after a new start', () =>
  withSink(async (sink, influx) => {
    const first = await sink.start(influx.influx);
    await sink.append(readings(10));
    await until(async () => (await storedCount(sink)) === 10);
    await first.stop();
    await sink.append(readings(7, { source: 'constructor', entityId: 'other' }, 10));
    await sink.start(influx.influx);
    await until(async () => Object.hasOwn((await sink.account()).sources, 'constructor'));
    assert.deepEqual(Object.entries((await sink.account()).sources).sort(), [
      ['buses', { stored: 10, expired: 0, deadLettered: 0 }],
      ['constructor', { stored: 7, expired: 0, deadLettered: 0 }],
    ]);
    assert.equal(influx.writes.flatMap(({ lines }) => lines).length, 17);
  }));

test('a stop while InfluxDB is away ends soon, and the readings wait in the log', () =>
  withSink(async (sink, influx) => {
    influx.answer(() => ({ status: 503, headers: { 'retry-after': '60' } }));
    const service = await sink.start(influx.influx);
    await sink.append(readings(3));
    await until(() => !service.health().ready);
    const before = performance.now();
    await service.stop();
    assert.ok(performance.now() - before < 2000);
    influx.answer(() => ({ status: 204 }));
    await sink.start(influx.influx);
    await until(async () => (await storedCount(sink)) === 3);
  }));

test('a stop while InfluxDB takes a batch and never answers ends in time, and the batch comes again', () =>
  withSink(async (sink, influx) => {
    influx.answer(() => 'never');
    const service = await sink.start(influx.influx);
    await sink.append(readings(3));
    await until(() => influx.writes.length > 0);
    const before = performance.now();
    await service.stop();
    assert.ok(performance.now() - before < 10_000);
    assert.equal(await storedCount(sink), 0);
    influx.answer(() => ({ status: 204 }));
    await sink.start(influx.influx);
    await until(async () => (await storedCount(sink)) === 3);
  }));
