import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import {
  openSqliteLog,
  openSqliteLogReader,
  type SqliteLogOptions,
} from '../../../core/log/sqlite/open-sqlite-log.ts';
import { until } from '../../support/until.ts';
import { record, topic } from './log-driver.ts';
import { countPerKey } from './process-contract.ts';
import { readAll, readCount } from './read-records.ts';
import { deadline } from './use-log.ts';

async function useLog(t: TestContext, options: Partial<SqliteLogOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-inside-'));
  const log = await openSqliteLog({ folder, ...options });
  const database = new DatabaseSync(join(folder, 'log.db'), { readOnly: true });
  t.after(async () => {
    database.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  const count = (sql: string) => Number(database.prepare(sql).get()?.n);
  return { folder, log, count };
}

test(
  'appends that come together are one commit, unless the bound in memory keeps them apart',
  deadline,
  async (t) => {
    const commits = 'SELECT count(DISTINCT commit_id) AS n FROM batches';
    const appends = Array.from({ length: 20 }, (_, at) => [record('a', 'k', `${at}`.padEnd(1000))]);
    for (const [maxPendingBytes, expected] of [
      [1_000_000, 1],
      [1, 20],
    ] as const) {
      const { log, count } = await useLog(t, { maxPendingBytes });
      await log.createTopics([topic('a', 1)]);
      await Promise.all(appends.map((records) => log.append(records)));
      assert.equal(count(commits), expected);
    }
  },
);

test(
  'state that has expired, or whose version is gone, is swept from the disk',
  deadline,
  async (t) => {
    const { log, count } = await useLog(t, { maintenanceIntervalMs: 20 });
    await log.createTopics([topic('in', 1), topic('out', 1)]);
    const run = async (version: number, expiresAtMs: number | undefined, keys: number) => {
      const consumption = await log.process({
        group: 'g',
        topics: ['in'],
        handle: async (_, context) => {
          const state = context.state('s', version);
          for (let key = 0; key < keys; key++) state.put(`k/${key}`, Buffer.from('v'), expiresAtMs);
          return [record('out', 'k', '')];
        },
      });
      const before = (await readAll(log, ['out'])).length;
      await log.append([record('in', 'k', '')]);
      await readCount(log, ['out'], before + 1);
      await consumption.stop();
    };
    const entries = 'SELECT count(*) AS n FROM state';
    await run(1, undefined, 5000);
    assert.equal(count(entries), 5000);
    await run(1, Date.now() - 1, 4990);
    await until(() => count(entries) === 10);
    await run(2, Date.now() + 3_600_000, 7);
    await until(() => count(entries) === 7);
    await until(() => count('SELECT count(*) AS n FROM spaces') === 1);
  },
);

test('state beyond the bound in memory is read back from the disk', deadline, async (t) => {
  const { log } = await useLog(t, { maxStateEntries: 10 });
  await log.createTopics([topic('in', 1), topic('out', 1)]);
  await log.process({ group: 'g', topics: ['in'], handle: countPerKey, maxRecords: 30 });
  for (let round = 0; round < 3; round++)
    await log.append(Array.from({ length: 100 }, (_, at) => record('in', `k/${at}`, `${round}`)));
  const found = await readCount(log, ['out'], 300);
  for (const { text } of found) assert.match(text ?? '', /^(0:0|1:1|2:2)$/);
});

test(
  'records that left memory are read from the disk, by consumers and tails alike',
  deadline,
  async (t) => {
    const { log } = await useLog(t, { maxRecentBytes: 2000 });
    await log.createTopics([topic('in', 2), topic('out', 2)]);
    for (let round = 0; round < 50; round++)
      await log.append(Array.from({ length: 20 }, (_, at) => record('in', `k/${at}`, `${round}`)));
    assert.equal((await readAll(log, ['in'])).length, 1000);
    await log.process({ group: 'g', topics: ['in'], handle: countPerKey });
    assert.equal((await readCount(log, ['out'], 1000)).length, 1000);
  },
);

test(
  'a reader of a folder without a log is told so, and reads a log whose writer has ended',
  deadline,
  async (t) => {
    const { folder, log } = await useLog(t);
    await assert.rejects(openSqliteLogReader(join(folder, 'nowhere')), {
      code: 'LOG_UNAVAILABLE',
      message: /no log/,
    });
    await log.createTopics([topic('a', 1)]);
    await log.append([record('a', 'k', '1')]);
    await log.close();
    const reader = await openSqliteLogReader(folder);
    t.after(() => reader.close());
    assert.equal((await readAll(reader, ['a'])).length, 1);
  },
);
