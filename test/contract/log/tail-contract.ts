import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cut, Offsets } from '../../../core/log/event-log.ts';
import { until } from '../../support/until.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { readAll } from './read-records.ts';
import { deadline, useLog } from './use-log.ts';

const texts = (cut: Cut) =>
  cut.batches.flatMap(({ records }) => records.map(({ value }) => `${value}`));

export function tailContract(driver: LogDriver): void {
  test(
    'a tail starts at the earliest record, at the end, at a time or at a cursor',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 1), topic('b', 2)]);
      const at = [10, 20, 30, 40];
      await log.append(at.map((ms) => record('a', 'k', `${ms}`, ms)));
      const read = async (from: Parameters<typeof readAll>[2]) =>
        (await readAll(log, ['a', 'b'], from)).map(({ text }) => text);
      assert.deepEqual(await read('earliest'), ['10', '20', '30', '40']);
      assert.deepEqual(await read('latest'), []);
      assert.deepEqual(await read({ timeMs: 25 }), ['30', '40']);
      assert.deepEqual(await read({ timeMs: 41 }), []);
      assert.deepEqual(await read({ offsets: { a: { 0: 3 } } }), ['40']);
      assert.deepEqual(await read({ offsets: {} }), ['10', '20', '30', '40']);
    },
  );

  test(
    'the first cut comes at once, and what is committed later comes without being asked for',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 1)]);
      const cuts = log.tail(['a'], { from: 'latest' })[Symbol.asyncIterator]();
      const first = await cuts.next();
      assert.deepEqual(first.value, { batches: [], offsets: { a: { 0: 0 } }, atEnd: true });
      const next = cuts.next();
      await log.append([record('a', 'k', '1')]);
      const second = (await next).value as Cut;
      assert.deepEqual(texts(second), ['1']);
      assert.deepEqual(second.offsets, { a: { 0: 1 } });
    },
  );

  test('a tail resumes from the offsets of any cut without gap or repeat', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('a', 3), topic('b', 3)]);
    const sent: string[] = [];
    const found: string[] = [];
    let offsets: Offsets = {};
    for (let round = 0; round < 20; round++) {
      const values = Array.from({ length: 25 }, (_, at) => `${round}.${at}`);
      sent.push(...values);
      await log.append(values.map((value, at) => record(at % 2 ? 'a' : 'b', `k/${at}`, value)));
      for await (const cut of log.tail(['a', 'b'], { from: { offsets } })) {
        found.push(...texts(cut));
        ({ offsets } = cut);
        break;
      }
    }
    const { offsets: last } = { offsets };
    assert.deepEqual(await readAll(log, ['a', 'b'], { offsets: last }), []);
    assert.deepEqual(found.sort(), sent.sort());
  });

  test('a tail ends when its signal aborts or the log is closed', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('a', 1)]);
    const stop = new AbortController();
    const count = async (signal?: AbortSignal) => {
      let cuts = 0;
      for await (const _ of log.tail(['a'], { from: 'latest', ...(signal ? { signal } : {}) }))
        cuts++;
      return cuts;
    };
    const aborted = count(stop.signal);
    const closed = count();
    await log.append([record('a', 'k', '1')]);
    stop.abort();
    await aborted;
    await log.close();
    await closed;
    assert.throws(() => log.tail(['a'], { from: 'latest' }), { code: 'LOG_CLOSED' });
  });

  test('a cut shows whole commits over all its topics', {
    ...deadline,
    skip: !driver.hasConsistentCuts,
  }, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 3), topic('x', 3), topic('y', 1)]);
    await log.process({
      group: 'g',
      topics: ['in'],
      maxRecords: 7,
      handle: async ({ records }) =>
        records.flatMap(({ key }) => [record('x', key, 'x'), record('y', key, 'y'.repeat(2000))]),
    });
    // One reader follows, the other comes late, reads the disk and must be cut by size.
    const check = async (follow: boolean) => {
      const seen = { x: 0, y: 0 };
      for await (const cut of log.tail(['y', 'x'], { from: 'earliest', wholeCommits: true })) {
        for (const { topic: name, records } of cut.batches)
          seen[name as 'x' | 'y'] += records.length;
        assert.equal(seen.x, seen.y);
        if (seen.x >= 3000 || (!follow && cut.atEnd)) return seen.x;
      }
      return seen.x;
    };
    const followed = check(true);
    for (let round = 0; round < 30; round++)
      await log.append(Array.from({ length: 100 }, (_, at) => record('in', `k/${at}`, '')));
    assert.equal(await followed, 3000);
    assert.equal(await check(false), 3000);
  });

  test(
    'a table holds the newest of each key, whole from the start, and follows',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('c', 1, { cleanup: 'compact' })]);
      await log.append([
        record('c', 'a', '1'),
        record('c', 'b', '1'),
        record('c', 'a', '2'),
        record('c', 'gone', '1'),
        record('c', 'gone', null),
      ]);
      const table = await log.table('c');
      const held = () => [...table.entries()].map(([key, { value }]) => `${key}=${value}`).sort();
      assert.deepEqual(held(), ['a=2', 'b=1']);
      assert.equal(table.size, 2);
      const changes: string[] = [];
      const end = table.onChange((keys) => changes.push(...keys));
      await log.append([record('c', 'b', null), record('c', 'd', '1')]);
      await until(() => changes.length === 2);
      assert.deepEqual(held(), ['a=2', 'd=1']);
      assert.equal(table.get('d')?.value?.toString(), '1');
      assert.equal(table.get('b'), undefined);
      end();
      await log.append([record('c', 'e', '1')]);
      await until(() => table.get('e'));
      assert.deepEqual(changes.sort(), ['b', 'd']);
      table.close();
    },
  );

  test(
    'a reader elsewhere sees what is committed while the log is written',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      const log = await place.open();
      await log.createTopics([topic('a', 3), topic('c', 1, { cleanup: 'compact' })]);
      await log.append([record('a', 'k/1', '1'), record('c', 'r', 'x')]);
      const reader = await place.openReader();
      assert.equal(reader.id, log.id);
      const table = await reader.table('c');
      const stop = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        for await (const cut of reader.tail(['a'], { from: 'earliest', signal: stop.signal }))
          seen.push(...texts(cut));
      })();
      await until(() => seen.length === 1);
      await log.append([record('a', 'k/1', '2'), record('a', 'k/2', '3'), record('c', 'r', 'y')]);
      await until(() => seen.length === 3 && table.get('r')?.value?.toString() === 'y');
      assert.deepEqual(await reader.ranges(['a']), await log.ranges(['a']));
      assert.deepEqual(await reader.committed('g'), {});
      stop.abort();
      await following;
      await reader.close();
    },
  );
}
