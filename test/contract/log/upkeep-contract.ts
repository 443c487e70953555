import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import { until } from '../../support/until.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { readAll } from './read-records.ts';
import { deadline, useLog } from './use-log.ts';

const upkeep = { maintenanceIntervalMs: 20 };

export function upkeepContract(driver: LogDriver): void {
  test(
    'retention by time drops old records, keeps the end, and a reader behind goes on at the start',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      const log = await place.open(upkeep);
      await log.createTopics([topic('a', 1), topic('kept', 1)]);
      const hour = 3_600_000;
      const old = Date.now() - 2 * hour;
      await log.append([record('a', 'k', 'old', old), record('kept', 'k', 'old', old)]);
      await log.append([record('a', 'k', 'new', Date.now())]);
      await log.createTopics([topic('a', 1, { retentionMs: hour })]);
      await until(async () => (await log.ranges(['a']))[0]?.startOffset === 1);
      assert.deepEqual(
        (await readAll(log, ['a'], { offsets: { a: { 0: 0 } } })).map(({ text }) => text),
        ['new'],
      );
      assert.equal((await readAll(log, ['kept'])).length, 1);
      const seen: string[] = [];
      await log.consume({
        group: 'g',
        topics: ['a'],
        from: async () => 0,
        handle: async ({ records }) => {
          for (const { value } of records) seen.push(`${value}`);
        },
      });
      await until(() => seen.length === 1);
      await log.createTopics([topic('a', 1, { retentionMs: 0 })]);
      await until(async () => (await log.ranges(['a']))[0]?.startOffset === 2);
      await log.close();
      const again = await place.open();
      assert.deepEqual(await again.ranges(['a']), [
        { topic: 'a', partition: 0, startOffset: 2, endOffset: 2 },
      ]);
    },
  );

  test(
    'a group that retention has overtaken goes on after the gap, and that is told; a new group misses nothing',
    deadline,
    async (t) => {
      const lines: string[] = [];
      const destination = { write: (line: string) => void lines.push(line) };
      const events = createEvents({ level: 'error', metrics: new Registry(), destination });
      const log = await (await useLog(t, driver)).open({ ...upkeep, events });
      await log.createTopics([topic('a', 1)]);
      const start = (group: string, onText: (text: string) => void) =>
        log.process({
          ...{ group, topics: ['a'] },
          handle: async ({ records }) => {
            for (const { value } of records) onText(`${value}`);
            return [];
          },
        });
      const slow: string[] = [];
      await log.append([record('a', 'k', 'read', Date.now())]);
      const before = await start('slow', (text) => slow.push(text));
      await until(() => slow.length === 1);
      await before.stop();
      const hour = 3_600_000;
      await log.append([record('a', 'k', 'missed', Date.now() - 2 * hour)]);
      await log.append([record('a', 'k', 'last', Date.now())]);
      await log.createTopics([topic('a', 1, { retentionMs: 0 })]);
      await until(async () => ((await log.ranges(['a']))[0]?.startOffset ?? 0) >= 2);
      await log.createTopics([topic('a', 1, { retentionMs: hour })]);
      await log.append([record('a', 'k', 'after', Date.now())]);
      const fresh: string[] = [];
      await start('slow', (text) => slow.push(text));
      await start('fresh', (text) => fresh.push(text));
      await until(() => slow.includes('after') && fresh.includes('after'));
      assert.ok(!slow.includes('missed'));
      const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        told.map(({ event, group, fromOffset }) => ({ event, group, fromOffset })),
        [{ event: 'log.records-passed', group: 'slow', fromOffset: 1 }],
      );
    },
  );

  test(
    'retention by size keeps about so many bytes of a partition, the newest',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open(upkeep);
      await log.createTopics([topic('a', 1, { retentionBytes: 50_000 })]);
      for (let at = 0; at < 30; at++) await log.append([record('a', 'k', `${at}`.padEnd(10_000))]);
      await until(async () => ((await log.ranges(['a']))[0]?.startOffset ?? 0) >= 25);
      const kept = (await readAll(log, ['a'])).map(({ text }) => Number(text));
      assert.equal(kept.at(-1), 29);
      assert.ok(kept.length >= 3 && kept.length <= 5, `${kept.length} kept`);
    },
  );

  test(
    'compaction keeps the newest record of each key at its offset, and readers pass the gaps',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      const log = await place.open(upkeep);
      await log.createTopics([topic('c', 1, { cleanup: 'compact' }), topic('out', 1)]);
      const rounds = 40;
      for (let round = 0; round < rounds; round++)
        await log.append(
          Array.from({ length: 100 }, (_, at) => record('c', `k/${at}`, `${round}`, Date.now())),
        );
      await log.append([record('c', 'k/0', null, 1), record('c', 'k/1', null, Date.now())]);
      await log.append([record('c', 'last', 'x')]);
      const before = await readAll(log, ['c']);
      // What the writer still has in memory may be older; a reader elsewhere sees the disk.
      const reader = await place.openReader();
      // A pass that began while records came leaves up to a thousand of them for a later one.
      await until(async () => (await readAll(reader, ['c'])).length < 1200);
      const after = await readAll(reader, ['c']);
      const newest = (records: typeof after) =>
        new Map(records.map((one) => [one.key, `${one.offset} ${one.text}`]));
      // The tombstone of long ago may be gone by then, with its key; it never comes back as a value.
      const old = newest(after).get('k/0') ?? '4000 null';
      assert.equal(old, '4000 null');
      assert.deepEqual(newest(after).set('k/0', old), newest(before).set('k/0', old));
      const offsets = after.map(({ offset }) => offset);
      assert.deepEqual(
        offsets,
        [...offsets].sort((a, b) => a - b),
      );
      const table = await reader.table('c');
      assert.equal(table.size, 99);
      let seen = 0;
      await log.consume({
        group: 'g',
        topics: ['c'],
        maxRecords: 10,
        handle: async ({ records }) => {
          seen += records.length;
        },
      });
      await until(async () => (await log.committed('g')).c?.[0] === 4003);
      assert.ok(seen >= 99);
      await log.close();
      const again = await place.open();
      assert.deepEqual(newest(await readAll(again, ['c'])).get('k/99'), newest(before).get('k/99'));
      assert.equal((await again.ranges(['c']))[0]?.endOffset, 4003);
    },
  );
}
