import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readingCodec } from '../../core/codec.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { openPostgresReader } from '../../stores/postgres/open-postgres-store.ts';
import { makeDatabase, type TestDatabase } from '../support/postgres-database.ts';
import {
  latestNumbers,
  numberedReadings,
  postgresSinkUnderTest,
} from '../support/postgres-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startPostgres } from '../support/servers/start-postgres.ts';
import { spawnNode } from '../support/spawn-node.ts';
import { recordsOf } from '../support/start-enricher-room.ts';
import { until } from '../support/until.ts';

const script = new URL('./postgres-sink-child.ts', import.meta.url);
const skip = withoutEngine();

/** Runs the child until it has acknowledged so many more, kills it (-9), and gives the next number to send. */
async function sendAndKill(args: readonly string[], more: number): Promise<number> {
  const child = spawnNode(script, args);
  const first = Number(args[2]);
  let acknowledged = first;
  let killing: Promise<void> | undefined;
  for await (const line of child.lines) {
    const [, number] = /^acknowledged (\d+)$/.exec(line) ?? [];
    acknowledged = number === undefined ? acknowledged : Number(number);
    if (acknowledged >= first + more) killing ??= child.kill();
  }
  await killing;
  return acknowledged;
}

/** What the rows and counts must be, by the log alone. */
async function assertEven(folder: string, database: TestDatabase): Promise<void> {
  const log = await openSqliteLog({ folder });
  const records = await recordsOf(log, enrichedTopic);
  const ranges = await log.ranges([enrichedTopic]);
  await log.close();
  const reader = openPostgresReader({ url: database.url });
  const { offsets, sources } = await reader.account();
  for (const { partition, endOffset } of ranges)
    assert.equal(offsets[enrichedTopic]?.[partition] ?? 0, endOffset);
  assert.equal(sources.buses?.stored, records.length, 'each record counted once');
  const latest = new Map<string, number>();
  const first = new Map<string, number>();
  const all: number[] = [];
  for (const { value } of records) {
    const { entityId, numbers } = readingCodec.decode(value ?? Buffer.alloc(0));
    const n = numbers.n ?? -1;
    latest.set(entityId, Math.max(latest.get(entityId) ?? -1, n));
    first.set(entityId, Math.min(first.get(entityId) ?? n, n));
    all.push(n);
  }
  const { items } = await reader.entities({ limit: 1000 });
  assert.deepEqual(new Map(items.map(({ entityId, numbers }) => [entityId, numbers.n])), latest);
  await reader.close();
  await assertTables(database, { latest, first, all });
}

/** The mapped tables say the same: each bus's newest and first number, and every reading once. */
async function assertTables(
  database: TestDatabase,
  of: { latest: Map<string, number>; first: Map<string, number>; all: number[] },
): Promise<void> {
  const buses = await database.query<{ entity_id: string; n: string; first_n: string }>(
    'SELECT * FROM millrace.buses',
  );
  const newest = buses.map(({ entity_id, n }) => [entity_id, Number(n)] as const);
  assert.deepEqual(new Map(newest), of.latest);
  const firsts = buses.map(({ entity_id, first_n }) => [entity_id, Number(first_n)] as const);
  assert.deepEqual(new Map(firsts), of.first);
  const readings = await database.query<{ n: string }>(
    'SELECT n FROM millrace.bus_readings ORDER BY n',
  );
  const once = [...new Set(of.all)].sort((a, b) => a - b);
  assert.deepEqual(
    readings.map(({ n }) => Number(n)),
    once,
  );
}

test('promises 2 and 3: a postgres-sink killed (-9) again and again stores and counts every reading once', {
  skip,
}, async () => {
  const database = await makeDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-kill-'));
  try {
    let next = 0;
    for (let kills = 1; kills <= 8; kills++) {
      const args = [folder, database.url, String(next), '1000000'];
      next = await sendAndKill(args, 400 + ((kills * 370) % 1500));
    }
    const last = spawnNode(script, [folder, database.url, String(next), String(next + 400)]);
    const lines: string[] = [];
    for await (const line of last.lines) lines.push(line);
    assert.equal(lines.at(-1), 'drained');
    await assertEven(folder, database);
  } finally {
    await rm(folder, { recursive: true });
    await database.remove();
  }
});

test('promise 2: Postgres halted, killed and restarted while readings flow: nothing lost, nothing twice', {
  skip,
}, async () => {
  const server = await startPostgres({ own: true });
  const under = await postgresSinkUnderTest(server.url);
  try {
    const sink = await under.start();
    let sent = 0;
    let sending = true;
    const flow = (async () => {
      while (sending) {
        await under.append(numberedReadings(100, sent));
        sent += 100;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const storedMore = async () => {
      const before = sent;
      await until(async () => (await under.stored().catch(() => 0)) > before, 60_000);
    };
    await storedMore();
    await server.halt();
    await until(() => !sink.health().ready);
    await server.resume();
    await storedMore();
    await server.kill();
    await until(() => !sink.health().ready);
    await server.resume();
    await storedMore();
    await server.restart();
    await storedMore();
    sending = false;
    await flow;
    await until(async () => (await under.stored().catch(() => 0)) >= sent, 60_000);
    assert.equal(await under.stored(), sent);
    const { items } = await under.reader.entities({ limit: 100 });
    const latest = items.map(({ numbers }) => numbers.n ?? -1).sort((a, b) => a - b);
    assert.deepEqual(latest, latestNumbers(sent));
    assert.deepEqual(sink.health(), { ready: true });
  } finally {
    await under.remove();
    await server.stop();
  }
});

test('a sink that starts before its server waits for it', { skip }, async () => {
  const server = await startPostgres({ own: true });
  await server.halt();
  const under = await postgresSinkUnderTest(server.url);
  try {
    await under.append(numberedReadings(100));
    const sink = await under.start();
    assert.match(sink.health().detail ?? '', /can't be used at present/);
    await server.resume();
    await until(async () => (await under.stored().catch(() => 0)) === 100, 60_000);
    assert.deepEqual(sink.health(), { ready: true });
  } finally {
    await under.remove();
    await server.stop();
  }
});
