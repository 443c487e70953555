import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { checkPostgres } from '../../cli/check/check-postgres.ts';
import { number, type Pipeline } from '../../core/config/pipeline.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import { openPostgresWriter } from '../../stores/postgres/open-postgres-store.ts';
import { readingBatch } from '../contract/store/store-under-test.ts';
import { makeDatabase } from '../support/postgres-database.ts';
import { numberedReadings } from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function database() {
  const made = await makeDatabase();
  cleanUps.push(made.remove);
  return made;
}

function buses(columns: Readonly<Record<string, unknown>>) {
  return tablePlans({
    retention: { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null },
    models: { bus: { fields: { n: number() } } },
    tables: { buses: { from: 'bus', columns } },
  } as unknown as Pipeline);
}

async function openWriter(url: string, mapped: ReturnType<typeof buses>, notes: string[] = []) {
  const onMapped = (note: string) => notes.push(note);
  const writer = await openPostgresWriter({ url, historyMs: null, mapped, onMapped });
  cleanUps.push(() => writer.close());
  return writer;
}

/** The same database as somebody who owns nothing. */
async function asStranger({ url, query }: Awaited<ReturnType<typeof database>>) {
  const role = `stranger_${randomUUID().replaceAll('-', '')}`;
  await query(`CREATE ROLE ${role} LOGIN PASSWORD 'here'`);
  // Ends before the database does.
  cleanUps.push(async () => query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  const theirs = new URL(url);
  theirs.username = role;
  theirs.password = 'here';
  return { role, url: theirs.href };
}

describe('mapped tables in Postgres', { skip: withoutEngine() }, () => {
  test('sinks that start at once make a table once, and fill it once', async () => {
    const { url, query } = await database();
    const first = await openWriter(url, []);
    await first.writeReadings(readingBatch(numberedReadings(100)));
    const notes: string[] = [];
    await Promise.all([1, 2, 3].map(() => openWriter(url, buses({ n: 'n' }), notes)));
    assert.equal(notes.filter((note) => note.endsWith('was made.')).length, 1);
    const rows = await query('SELECT * FROM millrace.buses');
    assert.equal(rows.length, 20);
  });

  test('a sink that knows an older mapping writes nothing more, and says why', async () => {
    const { url, query } = await database();
    const older = await openWriter(url, buses({ n: 'n' }));
    await older.writeReadings(readingBatch(numberedReadings(20)));
    const newer = await openWriter(url, buses({ n: 'n', seen: 'observedAt' }));
    const more = readingBatch(numberedReadings(20, 20), 20);
    await assert.rejects(older.writeReadings(more), {
      code: 'STORE_REFUSES',
      message: /another process has mapped them otherwise since/,
    });
    assert.deepEqual(await newer.writeReadings(more), []);
    const rows = await query('SELECT * FROM millrace.buses WHERE n >= 20 AND seen IS NOT NULL');
    assert.equal(rows.length, 20);
  });

  test('a role that may write an existing table but does not own it needs no more', async () => {
    const base = await database();
    await openWriter(base.url, buses({ n: 'n' }));
    const { role, url } = await asStranger(base);
    await assert.rejects(openWriter(url, buses({ n: 'n' })), { code: 'STORE_NOT_PREPARED' });
    await base.query(`GRANT USAGE ON SCHEMA millrace TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA millrace TO ${role};
      REVOKE DELETE ON millrace.buses FROM ${role}`);
    await assert.rejects(openWriter(url, buses({ n: 'n' })), {
      code: 'STORE_NOT_PREPARED',
      message: /lacks DELETE.*GRANT SELECT, INSERT, UPDATE, DELETE ON millrace."buses"/,
    });
    await base.query(`GRANT DELETE ON millrace.buses TO ${role}`);
    const writer = await openWriter(url, buses({ n: 'n' }));
    assert.deepEqual(await writer.writeReadings(readingBatch(numberedReadings(20))), []);
    await assert.rejects(openWriter(url, buses({ n: 'n', seen: 'observedAt' })), {
      code: 'STORE_NOT_PREPARED',
      message: /Its owner must run: ALTER TABLE millrace."buses" ADD COLUMN "seen" timestamptz;/,
    });
  });

  test('millrace check --connect says what is in the way, and changes nothing', async () => {
    const { url, query } = await database();
    const mapped = buses({ n: 'n' });
    assert.equal((await checkPostgres(url, mapped)).ok, true, 'nothing is there yet');
    await (await openWriter(url, [])).close();
    await query('CREATE TABLE millrace.buses (entity_id text PRIMARY KEY, n text)');
    const { ok, detail = '' } = await checkPostgres(url, mapped);
    assert.equal(ok, false);
    assert.match(
      detail,
      /column n of type text; the configuration has it of type double precision/,
    );
    await query('DROP TABLE millrace.buses');
    assert.equal((await checkPostgres(url, mapped)).ok, true);
    assert.deepEqual(await query("SELECT to_regclass('millrace.buses') AS found"), [
      { found: null },
    ]);
  });

  test('promise 4: a row that the database refuses at the commit is a record refused alone', async () => {
    const { url, query } = await database();
    const writer = await openWriter(url, buses({ n: 'n' }));
    await query(`CREATE TABLE allowed (n double precision PRIMARY KEY);
      INSERT INTO allowed SELECT generate_series(0, 19);
      DELETE FROM allowed WHERE n = 13;
      ALTER TABLE millrace.buses ADD FOREIGN KEY (n) REFERENCES allowed DEFERRABLE INITIALLY DEFERRED`);
    const batch = readingBatch(numberedReadings(20));
    const refusals = await writer.writeReadings(batch);
    assert.deepEqual(
      refusals.map(({ index }) => index),
      [13],
    );
    assert.deepEqual(await writer.writeReadings(batch, [13]), []);
    assert.equal((await query('SELECT * FROM millrace.buses')).length, 19);
  });

  test('what the database refuses once and not again is not taken for stored', async () => {
    const { url, query } = await database();
    const writer = await openWriter(url, buses({ n: 'n' }));
    await query(`CREATE SEQUENCE calls;
      CREATE FUNCTION refuse_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('calls') = 1 THEN RAISE check_violation; END IF; RETURN NEW; END $$;
      CREATE TRIGGER once BEFORE INSERT ON millrace.buses FOR EACH ROW EXECUTE FUNCTION refuse_once()`);
    const batch = readingBatch(numberedReadings(20));
    await assert.rejects(writer.writeReadings(batch), { code: 'STORE_UNAVAILABLE' });
    assert.deepEqual(await writer.writeReadings(batch), []);
    assert.equal((await query('SELECT * FROM millrace.buses')).length, 20);
  });

  test('rows that others refer to, and columns of their own, outlive what a sink writes', async () => {
    const { url, query } = await database();
    const writer = await openWriter(url, buses({ n: 'n' }));
    await writer.writeReadings(readingBatch(numberedReadings(20)));
    await query(`ALTER TABLE millrace.buses ADD COLUMN depot text DEFAULT 'north';
      CREATE TABLE public.drivers (bus text REFERENCES millrace.buses (entity_id));
      INSERT INTO public.drivers VALUES ('bus-1')`);
    await writer.writeReadings(readingBatch(numberedReadings(20, 20), 20));
    assert.deepEqual(
      await query('SELECT n, depot FROM millrace.buses JOIN public.drivers ON bus = entity_id'),
      [{ n: 21, depot: 'north' }],
    );
  });

  test('rows that stay the same are not written again', async () => {
    const { url, query } = await database();
    const writer = await openWriter(url, buses({ n: 'n' }));
    await writer.writeReadings(readingBatch(numberedReadings(20)));
    const places = () => query('SELECT entity_id, ctid FROM millrace.buses ORDER BY 1');
    const before = await places();
    const silent = numberedReadings(20, 20).map((reading) => ({ ...reading, numbers: {} }));
    await writer.writeReadings(readingBatch(silent, 20));
    assert.deepEqual(await places(), before);
  });
});
