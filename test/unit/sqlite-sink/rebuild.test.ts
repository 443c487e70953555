import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { backupFolder } from '../../../core/backup.ts';
import { number } from '../../../core/config/pipeline.ts';
import { enricherKey } from '../../../core/ledger/ledger-entries.ts';
import { openSqliteLog, openSqliteLogReader } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { type TablePlan, tablePlans } from '../../../core/tables/table-plan.ts';
import { enrichedTopic, ledgerTopic } from '../../../core/topics.ts';
import { rebuildStore } from '../../../services/sqlite-sink/rebuild.ts';
import { openSqliteReader, openSqliteWriter } from '../../../stores/sqlite/open-sqlite-store.ts';
import { allParts, wholeStore } from '../../contract/store/store-under-test.ts';
import { makeReading } from '../../support/make-reading.ts';
import { sqliteRows } from '../../support/mapped-rows.ts';
import { until } from '../../support/until.ts';
import { readingRecord, sinkUnderTest } from './sink-under-test.ts';

type Under = Awaited<ReturnType<typeof sinkUnderTest>>;

const drive = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `e${from + n}`,
      entityId: `bus-${(from + n) % 20}`,
      observedAt: 1e15 + from + n,
      numbers: { n: from + n },
    }),
  );

const numbersOf = (entities: number) => ({
  entities: Array.from({ length: entities }, (_, n) => ({
    entityType: 'bus',
    entityId: `bus-${n}`,
  })),
  fields: ['n'],
});

const rebuild = (under: Under, over: Partial<Parameters<typeof rebuildStore>[0]> = {}) =>
  rebuildStore({
    log: under.log,
    folder: under.folder,
    historyMs: null,
    deadLettersMs: null,
    now: under.now,
    events: under.events,
    ...over,
  });

/** What the enricher would have written beside its readings. */
async function passedOn(under: Under, count: number): Promise<void> {
  const counts = {
    read: count,
    deduplicated: 0,
    filtered: 0,
    deadLettered: 0,
    passedOn: count,
    derived: 0,
  };
  const value = Buffer.from(JSON.stringify({ offset: count, sources: { buses: counts } }));
  await under.log.append([
    { topic: ledgerTopic, key: enricherKey(0), value, timestampMs: Date.now() },
  ]);
}

async function stored(under: Under, count: number): Promise<void> {
  await until(async () => ((await under.reader.account()).sources.buses?.stored ?? 0) === count);
}

test('a rebuilt store is the store that was there, and readers find it', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  await under.log.append(drive(3000).map(readingRecord));
  await passedOn(under, 3000);
  await stored(under, 3000);
  await sink.stop();
  const before = {
    ...(await wholeStore({ keeps: allParts }, under.reader, numbersOf(20))),
    account: await under.reader.account(),
  };
  const steps: number[] = [];
  const report = await rebuild(under, { onProgress: ({ records }) => steps.push(records) });
  assert.deepEqual(report, { records: 3000, gone: {}, sources: before.account.sources });
  assert.equal(steps.at(-1), 3000);
  assert.deepEqual(
    {
      ...(await wholeStore({ keeps: allParts }, under.reader, numbersOf(20))),
      account: await under.reader.account(),
    },
    before,
  );
  assert.deepEqual(
    (await readdir(under.folder)).filter((name) => name.includes('rebuilding')),
    [],
  );
  await under.start();
  await under.log.append(drive(10, 3000).map(readingRecord));
  await stored(under, 3010);
  await under.remove();
});

test('a damaged store is made anew, and what the log holds no longer is counted as expired: the ledger stays even', async () => {
  const under = await sinkUnderTest();
  await under.log.append(drive(200).map(readingRecord));
  // 50 more were passed on once; retention has taken them.
  await passedOn(under, 250);
  await writeFile(join(under.folder, 'store.db'), 'damaged '.repeat(100));
  await writeFile(join(under.folder, 'store.db-wal'), 'stale '.repeat(100));
  const report = await rebuild(under);
  assert.deepEqual(report.gone, { buses: 50 });
  assert.deepEqual(report.sources, { buses: { stored: 200, expired: 50, deadLettered: 0 } });
  assert.deepEqual((await under.reader.account()).sources, report.sources);
  assert.equal((await under.reader.totals()).readings, 200);
  await under.remove();
});

test('a rebuild that fails leaves the old store as it was', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  await under.log.append(drive(20).map(readingRecord));
  await stored(under, 20);
  await sink.stop();
  const failing = rebuild(under, {
    onProgress: () => {
      throw new Error('no more');
    },
  });
  await assert.rejects(failing, /no more/);
  assert.equal((await under.reader.totals()).readings, 20);
  assert.deepEqual(
    (await readdir(under.folder)).filter((name) => name.includes('rebuilding')),
    [],
  );
  await under.remove();
});

test('mapped tables are made anew with the rest, also with columns of another type', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  await under.log.append(drive(300).map(readingRecord));
  await stored(under, 300);
  await sink.stop();
  const models = { bus: { fields: { n: number() } } };
  const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
  const plans = (type: string) =>
    tablePlans({
      models,
      retention,
      tables: { buses: { from: 'bus', columns: { n: { field: 'n', type } } } },
    });
  await rebuild(under, { mapped: plans('double precision') });
  const numbers = (mapped: readonly TablePlan[]) =>
    mapped.flatMap((plan) => sqliteRows(under.folder, plan)).map(({ n }) => n);
  const newest = drive(300)
    .slice(280)
    .map(({ numbers: { n } }) => Number(n));
  assert.deepEqual(
    numbers(plans('double precision'))
      .map(Number)
      .sort((a, b) => a - b),
    newest,
  );
  const open = (mapped: readonly TablePlan[]) =>
    openSqliteWriter({ folder: under.folder, historyMs: null, mapped });
  await assert.rejects(open(plans('bigint')), { code: 'TABLE_DIFFERS', message: /rebuild/ });
  await rebuild(under, { mapped: plans('bigint') });
  await (await open(plans('bigint'))).close();
  assert.deepEqual(
    numbers(plans('bigint'))
      .map(Number)
      .sort((a, b) => a - b),
    newest,
  );
  await under.remove();
});

test('a folder that is written to cannot be rebuilt: its log is locked', async () => {
  const under = await sinkUnderTest();
  await assert.rejects(openSqliteLog({ folder: under.folder }), { code: 'DATA_DIR_IN_USE' });
  await under.remove();
});

test('a backup taken while readings flow is a store and a log that fit together', async () => {
  const under = await sinkUnderTest();
  await under.start();
  const target = await mkdtemp(join(tmpdir(), 'millrace-backup-'));
  await under.log.append(drive(5000).map(readingRecord));
  await until(async () => ((await under.reader.account()).sources.buses?.stored ?? 0) > 0);
  let flowing = true;
  const flow = (async () => {
    for (let from = 5000; flowing; from += 50)
      await under.log.append(drive(50, from).map(readingRecord));
  })();
  const files = new Set<string>();
  const report = await backupFolder(under.folder, target, ({ file }) => files.add(file));
  flowing = false;
  await flow;
  assert.deepEqual(report.files, ['store.db', 'log.db']);
  assert.deepEqual([...files], report.files);
  assert.deepEqual((await readdir(target)).sort(), ['log.db', 'store.db']);
  const store = openSqliteReader({ folder: target });
  const log = await openSqliteLogReader(target);
  const { offsets, sources } = await store.account();
  let inStore = 0;
  for (const { partition, endOffset } of await log.ranges([enrichedTopic])) {
    const next = offsets[enrichedTopic]?.[partition] ?? 0;
    assert.ok(next <= endOffset, 'the store never lies ahead of the log');
    inStore += next;
  }
  assert.equal(sources.buses?.stored, inStore);
  assert.equal((await store.totals()).readings, inStore);
  await store.close();
  await log.close();
  await assert.rejects(backupFolder(under.folder, target), { code: 'INPUT_INVALID' });
  await assert.rejects(backupFolder(join(target, 'nothing'), join(target, 'new')), {
    code: 'INPUT_INVALID',
  });
  await rm(target, { recursive: true });
  await under.remove();
});
