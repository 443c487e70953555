import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { InfluxSettings } from '../../core/config/settings.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { InfluxConnection } from '../../stores/influx/influx-connection.ts';
import { parseAnswer } from '../../stores/influx/influx-ql.ts';
import { openInfluxReader } from '../../stores/influx/open-influx-store.ts';
import {
  type InfluxSinkUnderTest,
  influxSinkUnderTest,
  numberedReading,
} from '../support/influx-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { type Influx, startInflux } from '../support/servers/start-influx.ts';
import type { ServerControl } from '../support/servers/start-server.ts';
import { until } from '../support/until.ts';

const skip = withoutEngine();
let server: Influx & ServerControl;
let influx: InfluxSettings;

before(async () => {
  if (skip) return;
  server = await startInflux({ own: true });
  influx = { version: 2, url: server.url, token: server.token, org: server.org, bucket: 'city' };
});
after(() => server?.stop());

async function pointsOf(entityIds: readonly string[]): Promise<number> {
  const connection = new InfluxConnection(influx);
  const wanted = entityIds.map((id) => `"entityId" = '${id}'`).join(' OR ');
  const text = await connection.query(`SELECT count("n") FROM "bus" WHERE ${wanted}`);
  connection.close();
  return Number(parseAnswer(text)[0]?.series[0]?.values[0]?.[1] ?? 0);
}

const buses = (name: string) => Array.from({ length: 7 }, (_, n) => `${name}-${n}`);

/** Appends readings from `from` to `to` in batches of 100. */
async function flow(sink: InfluxSinkUnderTest, name: string, from: number, to: number) {
  for (let start = from; start < to; start += 100) {
    const numbers = Array.from({ length: Math.min(100, to - start) }, (_, n) => start + n);
    await sink.append(
      numbers.map((n) => ({ ...numberedReading(n), entityId: `${name}-${n % 7}` })),
    );
  }
}

const storedCount = async (sink: InfluxSinkUnderTest) =>
  (await sink.account()).sources.buses?.stored ?? 0;

test('promise 2: while InfluxDB is away readings wait in the log and nowhere else, and all are stored when it is back', {
  skip,
}, async () => {
  const sink = await influxSinkUnderTest();
  const service = await sink.start(influx);
  await flow(sink, 'away', 0, 500);
  await until(async () => (await storedCount(sink)) === 500);
  await server.halt();
  // The log takes them as ever, though the sink can't.
  await flow(sink, 'away', 500, 5000);
  const ranges = await sink.log.ranges([enrichedTopic]);
  assert.equal(
    ranges.reduce((sum, { endOffset }) => sum + endOffset, 0),
    5000,
  );
  await until(() => !service.health().ready);
  assert.match(service.health().detail ?? '', /bucket city .* can't be used at present/);
  const reader = openInfluxReader({ influx });
  const entities = [{ entityType: 'bus', entityId: 'away-0' }];
  const query = {
    entities,
    fields: ['n'],
    from: 0,
    to: 2 ** 52,
    fn: 'count',
    maxPoints: 1,
  } as const;
  await assert.rejects(reader.series(query), { code: 'STORE_UNAVAILABLE' });
  await flow(sink, 'away', 5000, 6000);
  await server.resume();
  await until(async () => (await storedCount(sink)) === 6000, 60_000);
  assert.deepEqual(service.health(), { ready: true });
  assert.equal(await pointsOf(buses('away')), 6000);
  assert.equal((await reader.series(query))[0]?.points[0]?.[1], 858);
  assert.ok(sink.lines.some((line) => line.includes('"sink.store-away"')));
  assert.deepEqual(await sink.deadLetters(), []);
  await reader.close();
  await sink.remove();
});

test('an InfluxDB killed and restarted again and again while readings flow has every reading once', {
  skip,
}, async () => {
  const sink = await influxSinkUnderTest();
  await sink.start(influx);
  for (let round = 0; round < 3; round++) {
    const flowing = flow(sink, 'killed', round * 2000, (round + 1) * 2000);
    await server.kill();
    await flowing;
    await server.resume();
  }
  await until(async () => (await storedCount(sink)) === 6000, 60_000);
  assert.equal(await pointsOf(buses('killed')), 6000);
  assert.deepEqual(await sink.deadLetters(), []);
  await sink.remove();
});

test('a sink that starts before InfluxDB does takes up its work when it is there', {
  skip,
}, async () => {
  await server.halt();
  const sink = await influxSinkUnderTest();
  const service = await sink.start(influx);
  await flow(sink, 'early', 0, 100);
  await until(() => !service.health().ready);
  await server.resume();
  await until(async () => (await storedCount(sink)) === 100, 60_000);
  assert.equal(await pointsOf(buses('early')), 100);
  await sink.remove();
});
