import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EventLog } from '../../../core/log/event-log.ts';
import { openSqliteLog, type SqliteLogOptions } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { until } from '../../support/until.ts';
import { record, topic } from './log-driver.ts';
import { countPerKey } from './process-contract.ts';
import { readAll, readCount } from './read-records.ts';
import { deadline } from './use-log.ts';

const upkeep = { maintenanceIntervalMs: 20 };

/** Things to undo when a test ends, the last one first: a log is closed before its folder goes. */
const undoes = new WeakMap<TestContext, (() => unknown)[]>();

function undoAtEnd(t: TestContext, undo: () => unknown): void {
  const there = undoes.get(t);
  if (there) {
    there.push(undo);
    return;
  }
  const list = [undo];
  undoes.set(t, list);
  t.after(async () => {
    for (const each of list.reverse()) await each();
  });
}

async function useFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-disk-'));
  undoAtEnd(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function useLog(t: TestContext, options: SqliteLogOptions): Promise<EventLog> {
  const log = await openSqliteLog(options);
  undoAtEnd(t, () => log.close());
  return log;
}

/** Appends until the log is full; returns the numbers that were acknowledged. */
async function fill(log: EventLog, from = 0): Promise<number[]> {
  const acknowledged: number[] = [];
  for (let number = from; ; number++) {
    const append = log.append([record('in', 'k', `${number}`.padEnd(50_000), Date.now())]);
    const failed = await append.then(
      () => undefined,
      (error) => error,
    );
    if (!failed) acknowledged.push(number);
    else {
      assert.equal(failed.code, 'LOG_FULL');
      return acknowledged;
    }
  }
}

const numbersOf = async (log: EventLog) =>
  (await readAll(log, ['in'])).map(({ text }) => Number(text));

test(
  'a full disk refuses what does not fit, keeps what was acknowledged, and goes on when there is room',
  deadline,
  async (t) => {
    const folder = await useFolder(t);
    const log = await useLog(t, { folder, ...upkeep, maxPageCount: 500 });
    await log.createTopics([topic('in', 1)]);
    const acknowledged = await fill(log);
    assert.ok(acknowledged.length > 10);
    const behind = await Promise.allSettled(
      [1, 2, 3].map(() => log.append([record('in', 'k', 'x'.repeat(50_000))])),
    );
    assert.deepEqual(
      behind.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.deepEqual(await numbersOf(log), acknowledged);
    await log.createTopics([topic('in', 1, { retentionBytes: 200_000 })]);
    const more = await until(async () => {
      const added = await fill(log, 1000);
      return added.length > 0 ? added : undefined;
    });
    assert.equal((await numbersOf(log)).at(-1), more.at(-1));
  },
);

test(
  'a disk that is really full (a small tmpfs) loses nothing acknowledged and goes on when there is room',
  deadline,
  async (t) => {
    const folder = await useFolder(t);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      t.skip('mounting needs root');
      return;
    }
    undoAtEnd(t, () => execFileSync('umount', [folder]));
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(3_000_000));
    const log = await useLog(t, { folder, ...upkeep, reserveBytes: 0 });
    await log.createTopics([topic('in', 1)]);
    const acknowledged = await fill(log);
    assert.ok(acknowledged.length > 10);
    await unlink(ballast);
    const more = await until(async () => {
      const added = await fill(log, 1000);
      return added.length > 0 ? added : undefined;
    });
    assert.deepEqual(await numbersOf(log), [...acknowledged, ...more]);
    await log.close();
    const again = await openSqliteLog({ folder, reserveBytes: 0 });
    assert.deepEqual(await numbersOf(again), [...acknowledged, ...more]);
    await again.close();
  },
);

test(
  'nearly full, appends are refused while processing and deleting go on',
  deadline,
  async (t) => {
    const folder = await useFolder(t);
    const first = await openSqliteLog({ folder });
    await first.createTopics([topic('in', 1), topic('out', 1)]);
    await first.append([record('in', 'k', '1'), record('in', 'k', '2')]);
    await first.close();
    const log = await useLog(t, { folder, ...upkeep, reserveBytes: Number.MAX_SAFE_INTEGER });
    await assert.rejects(log.append([record('in', 'k', '3')]), { code: 'LOG_FULL' });
    await log.process({ group: 'g', topics: ['in'], handle: countPerKey });
    assert.equal((await readCount(log, ['out'], 2)).length, 2);
    await log.createTopics([topic('in', 1, { retentionMs: 0 })]);
    await until(async () => (await log.ranges(['in']))[0]?.startOffset === 2);
  },
);

test(
  'an append that fails fails those that wait behind it, even where they would fit',
  deadline,
  async (t) => {
    const folder = await useFolder(t);
    // One byte in memory: each call waits for the one before it.
    const options = { maxPageCount: 300, maxPendingBytes: 1, reserveBytes: 0 };
    const log = await useLog(t, { folder, ...options });
    await log.createTopics([topic('in', 1)]);
    await log.append([record('in', 'k', 'before')]);
    const sizes = [100, 900_000, 900_000, 100, 100];
    const outcomes = await Promise.allSettled(
      sizes.map((size, at) => log.append([record('in', 'k', `${at}`.padEnd(size))])),
    );
    const codes = outcomes.map((outcome) => ('reason' in outcome ? outcome.reason.code : 'ok'));
    assert.deepEqual(codes, ['ok', 'ok', 'LOG_FULL', 'LOG_FULL', 'LOG_FULL']);
    await log.append([record('in', 'k', '5')]);
    const texts = (await readAll(log, ['in'])).map(({ text }) => text?.trim());
    assert.deepEqual(texts, ['before', '0', '1', '5']);
  },
);

async function writtenFolder(t: TestContext): Promise<string> {
  const folder = await useFolder(t);
  const log = await openSqliteLog({ folder });
  await log.createTopics([topic('in', 1)]);
  for (let at = 0; at < 20; at++) await log.append([record('in', `k/${at}`, 'x'.repeat(20_000))]);
  await log.close();
  return folder;
}

async function overwrite(file: string, position: number, bytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(bytes, 0xa5), 0, bytes, position);
  await handle.close();
}

const damages: Record<string, (file: string) => Promise<void>> = {
  'its header is overwritten': (file) => overwrite(file, 0, 100),
  'a page of its tables is overwritten': (file) => overwrite(file, 4096, 4096),
  'it is cut off': async (file) =>
    truncate(file, Math.floor((await stat(file)).size / 8192) * 4096),
  'bytes of its newest records are changed': async (file) =>
    overwrite(file, (await stat(file)).size - 9000, 200),
};

for (const [what, damage] of Object.entries(damages)) {
  test(
    `a log refuses to open when ${what}, and says which file and what to do`,
    deadline,
    async (t) => {
      const folder = await writtenFolder(t);
      const file = join(folder, 'log.db');
      await damage(file);
      await assert.rejects(useLog(t, { folder }), (error: Error & { code: string }) => {
        assert.equal(error.code, 'DATA_DAMAGED');
        assert.ok(error.message.includes(file) && error.message.includes('backup'));
        return true;
      });
      // The lock was let go with the refusal.
      await assert.rejects(useLog(t, { folder }), { code: 'DATA_DAMAGED' });
    },
  );
}

test('a log that was emptied beside a store is damaged, and not a new log', deadline, async (t) => {
  const folder = await writtenFolder(t);
  await truncate(join(folder, 'log.db'), 0);
  await writeFile(join(folder, 'store.db'), 'SQLite format 3');
  await assert.rejects(useLog(t, { folder }), { code: 'DATA_DAMAGED', message: /it is empty/ });
});

test('a damaged lock is said to hold nothing', deadline, async (t) => {
  const folder = await writtenFolder(t);
  await writeFile(
    join(folder, 'lock.db'),
    'no database at all, but longer than a header. '.repeat(50),
  );
  await assert.rejects(useLog(t, { folder }), {
    code: 'DATA_DAMAGED',
    message: /lock\.db.*remove it/,
  });
});

test(
  'what waited behind a write that failed is not written with the next one',
  deadline,
  async (t) => {
    const folder = await useFolder(t);
    const log = await useLog(t, { folder, maxPageCount: 300, reserveBytes: 0 });
    await log.createTopics([topic('in', 1)]);
    await log.append([record('in', 'k', 'before')]);
    const large = Array.from({ length: 2 }, (_, at) => record('in', 'k', `${at}`.padEnd(900_000)));
    const first = log.append(large);
    // The write is under way by then, so this one waits in memory.
    await new Promise((resolve) => setImmediate(resolve));
    const behind = log.append([record('in', 'k', 'behind')]);
    await assert.rejects(first, { code: 'LOG_FULL' });
    await assert.rejects(behind, { code: 'LOG_FULL' });
    await log.append([record('in', 'k', 'after')]);
    const texts = (await readAll(log, ['in'])).map(({ text }) => text);
    assert.deepEqual(texts, ['before', 'after']);
  },
);
