import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { enricherKey } from '../../core/ledger/ledger-entries.ts';
import { deadLetterRecord, makeDeadLetter } from '../../core/make-dead-letter.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import { ledgerTopic } from '../../core/topics.ts';
import { rebuildPostgres } from '../../services/postgres-sink/rebuild.ts';
import { makeDatabase } from '../support/postgres-database.ts';
import {
  latestNumbers,
  numberedPipeline,
  numberedReadings,
  postgresSinkUnderTest,
} from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function underTest() {
  const database = await makeDatabase();
  cleanUps.push(database.remove);
  const under = await postgresSinkUnderTest(database.url);
  cleanUps.push(under.remove);
  const { log, events, now } = under;
  const rebuild = () =>
    rebuildPostgres({
      log,
      events,
      now,
      url: database.url,
      historyMs: null,
      deadLettersMs: null,
      mapped: tablePlans(numberedPipeline),
    });
  const everything = async () => ({
    entities: await under.reader.entities({ limit: 1000 }),
    deadLetters: await under.reader.deadLetters({ limit: 1000 }),
    account: await under.reader.account(),
    ingress: await under.reader.ingressDeadLetters(),
    buses: await database.query('SELECT * FROM millrace.buses ORDER BY 1'),
    readings: await database.query('SELECT * FROM millrace.bus_readings ORDER BY 1, 2, 3'),
  });
  return { database, under, rebuild, everything };
}

describe('millrace rebuild of a Postgres store', { skip: withoutEngine() }, () => {
  test('a store made anew is the store that the sink made', async () => {
    const { database, under, rebuild, everything } = await underTest();
    const letter = makeDeadLetter({
      source: 'buses',
      stage: 'ingress',
      reason: 'payload-not-json',
      detail: 'JSON was expected.',
      contentType: 'text/plain',
      bytes: Buffer.from([0, 1]),
      receivedAt: 1e15,
      deadAt: 1e15,
    });
    await under.append(numberedReadings(3000));
    await under.log.append([deadLetterRecord(letter)]);
    const sink = await under.start();
    await until(async () => (await under.stored()) === 3000);
    await until(async () => (await under.reader.deadLetters({ limit: 1 })).items.length === 1);
    await sink.stop();
    const before = await everything();
    // Whatever has happened to it.
    await database.query("UPDATE millrace.entities SET numbers = '{}', version = 7");
    await database.query('DELETE FROM millrace.dead_letters');
    await database.query('DELETE FROM millrace.buses WHERE n % 2 = 0');
    await database.query("INSERT INTO millrace.buses VALUES ('nobody', 1)");
    await database.query('UPDATE millrace.bus_readings SET n = 0 WHERE n < 100');
    const report = await rebuild();
    assert.equal(report.records, 3001);
    assert.deepEqual(await everything(), before);
    const left = await database.query("SELECT 1 FROM pg_class WHERE relname LIKE 'rebuilding%'");
    assert.equal(left.length, 0);
  });

  test('a sink that runs meanwhile goes on, and nothing is lost or counted twice', async () => {
    const { under, rebuild } = await underTest();
    await under.start();
    let sent = 0;
    let sending = true;
    const flow = (async () => {
      while (sending) {
        await under.append(numberedReadings(50, sent));
        sent += 50;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await until(async () => (await under.stored()) > 200);
    await rebuild();
    await until(async () => (await under.stored()) > 400);
    await rebuild();
    sending = false;
    await flow;
    await until(async () => (await under.stored()) >= sent);
    assert.equal(await under.stored(), sent);
    const { items } = await under.reader.entities({ limit: 100 });
    const latest = items.map(({ numbers }) => numbers.n ?? -1).sort((a, b) => a - b);
    assert.deepEqual(latest, latestNumbers(sent));
  });

  test('promise 2: what the log holds no longer is counted as expired, and a second rebuild beside it is refused', async () => {
    const { under, rebuild } = await underTest();
    const none = { read: 130, deduplicated: 0, filtered: 0, deadLettered: 0, derived: 0 };
    const entry = { offset: 130, sources: { buses: { ...none, passedOn: 130 } } };
    await under.append(numberedReadings(100));
    await under.log.append([
      {
        topic: ledgerTopic,
        key: enricherKey(0),
        value: Buffer.from(JSON.stringify(entry)),
        timestampMs: Date.now(),
      },
    ]);
    const [first, second] = await Promise.allSettled([rebuild(), rebuild()]);
    const [done, refused] = first.status === 'fulfilled' ? [first, second] : [second, first];
    assert.ok(done.status === 'fulfilled' && refused.status === 'rejected');
    assert.equal(refused.reason.code, 'STORE_REFUSES');
    assert.deepEqual(done.value.gone, { buses: 30 });
    assert.deepEqual((await under.reader.account()).sources, {
      buses: { stored: 100, expired: 30, deadLettered: 0 },
    });
  });
});
