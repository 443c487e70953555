import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { readingCodec, registerEntryCodec } from '../../core/codec.ts';
import type { RegisterEntry } from '../../core/model.ts';
import { registersTopic } from '../../core/topics.ts';
import { makeReading } from '../support/make-reading.ts';
import { makeDatabase, statement } from '../support/postgres-database.ts';
import {
  latestNumbers,
  numberedReadings,
  postgresSinkUnderTest,
} from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';
import { until } from '../support/until.ts';

type Under = Awaited<ReturnType<typeof postgresSinkUnderTest>>;

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function underTest() {
  const database = await makeDatabase();
  cleanUps.push(database.remove);
  const under = await postgresSinkUnderTest(database.url);
  cleanUps.push(under.remove);
  return { database, under };
}

async function latestIn({ reader }: Under): Promise<number[]> {
  const { items } = await reader.entities({ limit: 1000 });
  return items.map(({ numbers }) => numbers.n ?? -1).sort((a, b) => a - b);
}

describe('the postgres-sink', { skip: withoutEngine() }, () => {
  test('what is in the log is stored, and a restart goes on from the offset of the store', async () => {
    const { under } = await underTest();
    await under.append(numberedReadings(500));
    const sink = await under.start();
    await until(async () => (await under.stored()) === 500);
    assert.deepEqual(sink.health(), { ready: true });
    const page = await under.metrics.metrics();
    assert.match(
      page,
      /millrace_postgres_sink_readings_total\{source="buses",outcome="stored"\} 500/,
    );
    assert.match(page, /millrace_postgres_sink_lag_records/);
    await sink.stop();
    await under.append(numberedReadings(500, 500));
    await under.start();
    await until(async () => (await under.stored()) === 1000);
    assert.deepEqual(await latestIn(under), latestNumbers(1000));
  });

  test('promise 4: NUL in a text is a dead letter of its own, and its neighbours are stored', async () => {
    const { under } = await underTest();
    const bad = makeReading({ eventId: 'nul', entityId: 'bad', texts: { line: 'a\0b' } });
    const badId = makeReading({ eventId: 'nul id', entityId: 'b\0ad' });
    const long = makeReading({ eventId: 'long', entityId: 'x'.repeat(5000) });
    await under.append([...numberedReadings(100), bad, badId, long, ...numberedReadings(100, 100)]);
    await under.start();
    await until(async () => (await under.stored()) === 200);
    const { items } = await until(async () => {
      const page = await under.reader.deadLetters({ limit: 10 });
      return page.items.length === 3 && page;
    });
    assert.deepEqual(items.map(({ eventId }) => eventId).sort(), ['long', 'nul', 'nul id']);
    const letter = items.find(({ eventId }) => eventId === 'nul');
    assert.equal(letter?.stage, 'postgres-sink');
    assert.equal(letter?.reason, 'store-refused');
    assert.deepEqual(readingCodec.decode(letter?.bytes ?? Buffer.alloc(0)).texts, { line: 'a\0b' });
    assert.deepEqual((await under.reader.account()).sources, {
      buses: { stored: 200, expired: 0, deadLettered: 3 },
    });
  });

  test('the registers in the table are those of the topic, changes and deletions too', async () => {
    const { database, under } = await underTest();
    const rows = () =>
      database.query<{ key: string; texts: { name: string }; place: string | null }>(
        'SELECT key, texts, public.ST_AsText(position) AS place FROM millrace.registers ORDER BY key',
      );
    await under.log.append([entry('a', 'one'), entry('b', 'two'), entry('gone', 'three')]);
    const sink = await under.start();
    await until(async () => (await rows()).length === 3);
    assert.equal((await rows())[0]?.place, 'POINT(24.9 60.1)');
    await under.log.append([entry('a', 'other'), tombstone('b')]);
    await until(async () => (await rows()).length === 2);
    assert.deepEqual(
      (await rows()).map(({ texts }) => texts.name),
      ['other', 'three'],
    );
    await sink.stop();
    await under.log.append([tombstone('gone')]);
    await under.start();
    await until(async () => (await rows()).length === 1);
  });

  test('a store that went back is filled again from where it stands', async () => {
    const { database, under } = await underTest();
    await under.append(numberedReadings(200));
    await under.start();
    await until(async () => (await under.stored()) === 200);
    // As a backup put back: rows, offsets and counts of an earlier moment.
    await database.query('TRUNCATE millrace.entities, millrace.offsets, millrace.counts');
    await under.append(numberedReadings(200, 200));
    await until(async () => (await under.stored()) === 400);
    assert.deepEqual(await latestIn(under), latestNumbers(400));
    assert.ok(under.lines.some((line) => line.includes('sink.begins-again')));
  });

  test('another log takes the store over: the sink of the former one stops and says why', async () => {
    const { database, under } = await underTest();
    await under.append(numberedReadings(100));
    const sink = await under.start();
    await until(async () => (await under.stored()) === 100);
    const other = await postgresSinkUnderTest(database.url);
    cleanUps.push(other.remove);
    await other.append(numberedReadings(40));
    await other.start();
    await until(async () => (await other.stored()) === 40);
    await under.append(numberedReadings(100, 100));
    await until(() => !sink.health().ready);
    await until(() => /has taken it over/.test(sink.health().detail ?? ''));
    assert.equal(await other.stored(), 40);
  });

  test('a log that is an older copy than the store refuses the start', async () => {
    const { database, under } = await underTest();
    await under.append(numberedReadings(50));
    const sink = await under.start();
    await until(async () => (await under.stored()) === 50);
    await sink.stop();
    await database.query('UPDATE millrace.offsets SET next_offset = next_offset + 5');
    await assert.rejects(under.start(), { code: 'DATA_DAMAGED', message: /older copy/ });
  });

  test('a server that is away at the start is waited for, and one that refuses the password refuses the start', async () => {
    const { database } = await underTest();
    const wrong = new URL(database.url);
    wrong.password = 'wrong';
    const refused = await postgresSinkUnderTest(wrong.href);
    cleanUps.push(refused.remove);
    await assert.rejects(refused.start(), {
      code: 'STORE_NOT_PREPARED',
      message: /^(?!.*wrong).*password authentication failed/,
    });
  });

  test('connections that the server ends while readings flow lose nothing', async () => {
    const { under } = await underTest();
    await under.start();
    const { url } = await startPostgres();
    let appended = 0;
    for (let round = 0; round < 5; round++) {
      await under.append(numberedReadings(200, appended));
      appended += 200;
      await statement(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace%'",
      );
      await until(async () => (await under.stored().catch(() => 0)) > appended - 200);
    }
    await until(async () => (await under.stored()) === appended);
    assert.deepEqual(await latestIn(under), latestNumbers(appended));
  });
});

function entry(key: string, name: string) {
  const value: RegisterEntry = {
    register: 'stops',
    key,
    numbers: {},
    flags: {},
    texts: { name },
    position: { lat: 60.1, lon: 24.9, altitude: null },
    geometry: null,
  };
  return {
    topic: registersTopic,
    key: `stops/${key}`,
    value: registerEntryCodec.encode(value),
    timestampMs: Date.now(),
  };
}

function tombstone(key: string) {
  return { topic: registersTopic, key: `stops/${key}`, value: null, timestampMs: Date.now() };
}
