import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import pg from 'pg';
import { enrichedTopic } from '../../core/topics.ts';
import { migrations } from '../../stores/postgres/migrations.ts';
import {
  openPostgresReader,
  openPostgresWriter,
} from '../../stores/postgres/open-postgres-store.ts';
import { readingBatch } from '../contract/store/store-under-test.ts';
import { makeDatabase, statement } from '../support/postgres-database.ts';
import { latestNumbers, numberedReadings } from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function closing<T extends { close(): Promise<void> }>(one: T): T {
  cleanUps.push(() => one.close());
  return one;
}

async function database(template: 'template_postgis' | 'template0' = 'template_postgis') {
  const made = await makeDatabase({ template });
  cleanUps.push(made.remove);
  return made;
}

const openWriter = async (url: string, logId?: string) =>
  closing(await openPostgresWriter({ url, historyMs: null, ...(logId && { logId }) }));

describe('the store in Postgres', { skip: withoutEngine() }, () => {
  test('two that start at once migrate once', async () => {
    const { url, query } = await database('template0');
    const writers = await Promise.all([1, 2, 3].map(() => openWriter(url, 'a log')));
    for (const writer of writers) assert.deepEqual((await writer.account()).offsets, {});
    const ran = await query<{ version: number }>('SELECT version FROM millrace.migrations');
    assert.deepEqual(
      ran.map(({ version }) => version).sort(),
      migrations.map(({ version }) => version),
    );
  });

  test('tables of a newer Millrace refuse writer and reader, and stay as they are', async () => {
    const { url, query } = await database();
    await openWriter(url);
    await query("INSERT INTO millrace.migrations VALUES (1000, 'of the future', now())");
    await assert.rejects(openWriter(url), { code: 'STORE_NEWER', message: /version 1000/ });
    const reader = closing(openPostgresReader({ url }));
    await assert.rejects(reader.account(), { code: 'STORE_NEWER' });
  });

  test('promise 3: two writers of one partition write each reading once, and a zombie writes nothing', async () => {
    const { url } = await database();
    const [owner, zombie] = [await openWriter(url), await openWriter(url)];
    const readings = numberedReadings(300);
    const part = (from: number, to: number) => readingBatch(readings.slice(from, to), from);
    await zombie.writeReadings(part(0, 100));
    for (let from = 100; from < 200; from += 10) {
      const both = [owner, zombie].map((one) => one.writeReadings(part(from, from + 10)));
      await Promise.all(both);
    }
    await owner.writeReadings(part(200, 300));
    // What it has in memory is of offset 200.
    await zombie.writeReadings(part(150, 250));
    const { offsets, sources } = await owner.account();
    assert.deepEqual(offsets, { [enrichedTopic]: { 0: 300 } });
    assert.equal(sources.buses?.stored, 300);
    // The partition comes back to it: its memory of the entities is overtaken, and is read anew.
    await zombie.writeReadings(readingBatch(numberedReadings(100, 300), 300));
    const { items } = await closing(openPostgresReader({ url })).entities({ limit: 100 });
    const latest = items.map(({ numbers }) => numbers.n ?? -1).sort((a, b) => a - b);
    assert.deepEqual(latest, latestNumbers(400));
  });

  test('promise 3: the same entities in several partitions at once lose no update', async () => {
    const { url } = await database();
    const writers = [await openWriter(url), await openWriter(url)];
    await Promise.all(
      [0, 1, 2, 3].map(async (partition) => {
        for (let round = 0; round < 10; round++) {
          const readings = numberedReadings(20, round * 80 + partition * 20).map((reading) => ({
            ...reading,
            numbers: { [`p${partition}`]: reading.numbers.n ?? 0 },
          }));
          const batch = readingBatch(readings, round * 20, partition);
          await writers[partition % 2]?.writeReadings(batch);
        }
      }),
    );
    const { items } = await closing(openPostgresReader({ url })).entities({ limit: 100 });
    for (const { entityId, numbers } of items) {
      const bus = Number(entityId.slice(4));
      assert.deepEqual(numbers, { p0: 720 + bus, p1: 740 + bus, p2: 760 + bus, p3: 780 + bus });
    }
    assert.equal(items.length, 20);
  });

  test('a session that stands still within a transaction does not hold up the new owner for ever', async () => {
    const { url } = await database();
    const writer = await openWriter(url);
    await writer.writeReadings(readingBatch(numberedReadings(10)));
    const stalled = new pg.Client({
      connectionString: url,
      idle_in_transaction_session_timeout: 500,
    });
    stalled.on('error', () => undefined);
    await stalled.connect();
    await stalled.query('BEGIN');
    await stalled.query('SELECT * FROM millrace.offsets FOR UPDATE');
    await writer.writeReadings(readingBatch(numberedReadings(10, 10), 10));
    assert.equal((await writer.account()).sources.buses?.stored, 20);
  });

  test('docs/postgres.md: its statements make roles that can run sink and dashboard, and nothing else', async () => {
    const server = (await startPostgres()).url;
    const name = `city_${randomUUID().slice(0, 8)}`;
    const [sink, reader] = [`${name}_sink`, `${name}_reader`];
    const named = (sql: string) =>
      sql
        .replaceAll('millrace_sink', sink)
        .replaceAll('millrace_reader', reader)
        .replaceAll('DATABASE city', `DATABASE ${name}`);
    const as = (role?: string, password?: string) => {
      const url = new URL(server);
      url.pathname = `/${name}`;
      if (role) [url.username, url.password] = [role, password ?? ''];
      return url.href;
    };
    cleanUps.push(() => statement(server, `DROP ROLE IF EXISTS ${sink}, ${reader}`));
    cleanUps.push(() => statement(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    const [first, second] = await statementsOf('docs/postgres.md');
    assert.ok(first && second);
    await runAs(first, { server, inside: as(), named });
    const writer = await openWriter(as(sink, 'choose one'), 'a log');
    await writer.writeReadings(readingBatch(numberedReadings(40)));
    await runAs(second, { server, inside: as(), named });
    const reading = closing(openPostgresReader({ url: as(reader, 'choose another') }));
    assert.equal((await reading.entities({ limit: 100 })).items.length, 20);
    assert.equal(
      (await reading.snapshot({ box: { west: 0, south: 0, east: 1, north: 1 } })).entities.length,
      0,
    );
    await assert.rejects(statement(as(reader, 'choose another'), 'DELETE FROM millrace.entities'), {
      code: '42501',
    });
    for (const forbidden of ['CREATE SCHEMA other', 'CREATE TABLE public.x ()', 'CREATE ROLE x'])
      await assert.rejects(statement(as(sink, 'choose one'), forbidden), { code: '42501' });
  });

  test('a role that may not make schema or extension is told what an administrator must run', async () => {
    const { url, query } = await database('template0');
    const role = `poor_${randomUUID().slice(0, 8)}`;
    const server = (await startPostgres()).url;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`);
    // Before all others of this list: what it owns goes with the database.
    cleanUps.unshift(() => statement(server, `DROP ROLE ${role}`));
    const poor = new URL(url);
    [poor.username, poor.password] = [role, 'poor'];
    await assert.rejects(openWriter(poor.href), {
      code: 'STORE_NOT_PREPARED',
      message: new RegExp(`CREATE SCHEMA millrace AUTHORIZATION ${role};`),
    });
    await query(`CREATE SCHEMA millrace AUTHORIZATION ${role}`);
    await assert.rejects(openWriter(poor.href), {
      code: 'STORE_NOT_PREPARED',
      message: /CREATE EXTENSION postgis SCHEMA public;/,
    });
    await query('CREATE EXTENSION postgis SCHEMA public');
    await openWriter(poor.href);
  });

  test('a call on a server that is gone says STORE_UNAVAILABLE and no password', async () => {
    const url = 'postgres://someone:hunter2@127.0.0.1:9/none';
    const reader = closing(openPostgresReader({ url }));
    await assert.rejects(reader.account(), {
      code: 'STORE_UNAVAILABLE',
      message: /^(?!.*hunter2).*127\.0\.0\.1:9\/none/,
    });
    await assert.rejects(openWriter(url), { code: 'STORE_UNAVAILABLE' });
  });

  test('old dead letters are pruned in steps', async () => {
    const { url, query } = await database();
    const writer = closing(
      await openPostgresWriter({ url, historyMs: null, deadLettersMs: 1000, now: () => 1e15 }),
    );
    await query(`INSERT INTO millrace.dead_letters SELECT n::text, 's', 'ingress', 'r', 'd', null, null, 't', ''::bytea, 0,
      null, null, now(), to_timestamp(1e9 - n) FROM generate_series(0, 6000) n`);
    let deleted = 0;
    for (let step = 1; step > 0; deleted += step) step = await writer.prune(1e12);
    assert.equal(deleted, 5999);
  });
});

/** The SQL of a page, block by block. */
async function statementsOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql ?? '');
}

/** Each statement where its block says: in any database, or in the new one. */
async function runAs(
  block: string,
  { server, inside, named }: { server: string; inside: string; named: (sql: string) => string },
): Promise<void> {
  const [, outside = '', within = ''] = block.split(/^-- in (?:any|the new) database$/m);
  for (const [url, sql] of [
    [server, outside],
    [inside, within],
  ] as const)
    for (const one of sql.split(';')) if (one.trim() !== '') await statement(url, named(one));
}
