import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxRecordBytes } from '../../../core/log/event-log.ts';
import { partitionOf } from '../../../core/log/murmur2.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { readAll, textsByKey } from './read-records.ts';
import { deadline, useLog } from './use-log.ts';

export function appendContract(driver: LogDriver): void {
  test(
    'appended records are there when the append resolves, in the partition of their key',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 5)]);
      const keys = ['bus/1', 'bus/2', 'détecteur/é', 'x'.repeat(300), ''];
      await log.append(keys.map((key, at) => record('a', key, `v${at}`, 1000 + at)));
      const found = await readAll(log, ['a']);
      assert.equal(found.length, keys.length);
      for (const { key, partition, text, timestampMs } of found) {
        const bytes = Buffer.from(key);
        assert.equal(partition, partitionOf(bytes, 0, bytes.length, 5));
        assert.equal(text, `v${keys.indexOf(key)}`);
        assert.equal(timestampMs, 1000 + keys.indexOf(key));
      }
    },
  );

  test('a record of a wrong clock goes in, and with it those beside it', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('a', 1)]);
    const hour = 3_600_000;
    const times = [0, Date.now(), Date.now() + 2 * hour, Date.now() + 400 * 24 * hour, 8.64e15];
    await log.append(times.map((time, at) => record('a', 'k', `${at}`, time)));
    const found = await readAll(log, ['a']);
    assert.deepEqual(
      found.map(({ timestampMs }) => timestampMs),
      times,
    );
  });

  test(
    'records of a key keep the order of the calls, whether awaited or not',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 3)]);
      const numbers = Array.from({ length: 300 }, (_, at) => at);
      await Promise.all(
        numbers.map((at) => log.append([record('a', 'k/1', `${at}`), record('a', 'k/2', `${at}`)])),
      );
      const texts = textsByKey(await readAll(log, ['a']));
      assert.deepEqual(texts['k/1'], numbers.map(String));
      assert.deepEqual(texts['k/2'], numbers.map(String));
    },
  );

  test(
    'empty values, tombstones and the largest record come back as they were',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 1)]);
      const large = 'y'.repeat(maxRecordBytes - 1);
      await log.append([record('a', 'k', ''), record('a', 'k', null), record('a', 'k', large)]);
      const found = await readAll(log, ['a']);
      assert.deepEqual(
        found.map(({ text }) => text),
        ['', null, large],
      );
    },
  );

  test(
    'a record that is too large, or for a topic that is not there, is refused alone',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 1)]);
      const large = record('a', 'k', 'y'.repeat(maxRecordBytes));
      const outcomes = await Promise.allSettled([
        log.append([record('a', 'k', '1')]),
        log.append([record('a', 'k', 'never'), large]),
        log.append([record('b', 'k', 'never')]),
        log.append([record('a', 'k', '2')]),
      ]);
      const codes = outcomes.map((outcome) => ('reason' in outcome ? outcome.reason.code : 'ok'));
      assert.deepEqual(codes, ['ok', 'RECORD_TOO_LARGE', 'TOPIC_UNKNOWN', 'ok']);
      assert.deepEqual(
        (await readAll(log, ['a'])).map(({ text }) => text),
        ['1', '2'],
      );
    },
  );

  test(
    'appends beyond the bound in memory wait for their place and keep their order',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open({ maxPendingBytes: 20_000 });
      await log.createTopics([topic('a', 1)]);
      const settled: number[] = [];
      const calls = Array.from({ length: 50 }, async (_, at) => {
        await log.append([record('a', 'k', `${at}`.padEnd(9000))]);
        settled.push(at);
      });
      await Promise.all(calls);
      const order = Array.from({ length: 50 }, (_, at) => at);
      assert.deepEqual(settled, order);
      assert.deepEqual(
        (await readAll(log, ['a'])).map(({ text }) => Number(text)),
        order,
      );
    },
  );

  test(
    'creating a topic again sets its retention and refuses another number of partitions',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('a', 2)]);
      await log.append([record('a', 'k', '1')]);
      await log.createTopics([topic('a', 2, { retentionMs: 1e13 }), topic('b', 1)]);
      assert.equal((await log.ranges(['a', 'b'])).length, 3);
      await assert.rejects(log.createTopics([topic('c', 1), topic('a', 3)]), {
        code: 'TOPIC_PARTITIONS_DIFFER',
      });
      assert.equal((await readAll(log, ['a'])).length, 1);
    },
  );

  test('a log that is opened again holds the same records and the same id', deadline, async (t) => {
    const place = await useLog(t, driver);
    const first = await place.open();
    await first.createTopics([topic('a', 2)]);
    await first.append([record('a', 'k/1', '1'), record('a', 'k/2', '2')]);
    const ranges = await first.ranges(['a']);
    await first.close();
    await first.close();
    await assert.rejects(first.append([record('a', 'k/1', '3')]), { code: 'LOG_CLOSED' });
    const second = await place.open();
    assert.equal(second.id, first.id);
    assert.deepEqual(await second.ranges(['a']), ranges);
    await second.append([record('a', 'k/1', '3')]);
    assert.deepEqual(textsByKey(await readAll(second, ['a'])), { 'k/1': ['1', '3'], 'k/2': ['2'] });
  });
}
