import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMillraceError } from '../../../core/errors.ts';
import { until } from '../../support/until.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { deadline, useLog } from './use-log.ts';

export function consumeContract(driver: LogDriver): void {
  test(
    'a group goes on where it has committed, also after the log is opened again',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      const seen: string[] = [];
      for (const round of ['1', '2']) {
        const log = await place.open();
        await log.createTopics([topic('in', 1)]);
        const consumption = await log.consume({
          group: 'g',
          topics: ['in'],
          handle: async ({ records }) => {
            for (const { value } of records) seen.push(`${value}`);
          },
        });
        await log.append([record('in', 'k', `${round}a`), record('in', 'k', `${round}b`)]);
        await until(() => seen.includes(`${round}b`));
        await consumption.stop();
        await log.close();
      }
      const log = await place.open();
      assert.deepEqual(seen, ['1a', '1b', '2a', '2b']);
      assert.deepEqual(await log.committed('g'), { in: { 0: 4 } });
      assert.deepEqual(await log.committed('nobody'), {});
    },
  );

  test(
    'a rejected batch comes again unchanged, and nothing behind it before',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 1)]);
      await log.append(['1', '2', '3', '4'].map((value) => record('in', 'k', value)));
      const batches: string[] = [];
      const errors: unknown[] = [];
      await log.consume({
        group: 'g',
        topics: ['in'],
        maxRecords: 2,
        onError: (error) => errors.push(error),
        handle: async ({ records }) => {
          batches.push(records.map(({ value }) => `${value}`).join());
          if (batches.length < 3) throw new Error('not yet');
        },
      });
      await until(() => batches.length === 4);
      assert.deepEqual(batches, ['1,2', '1,2', '1,2', '3,4']);
      assert.equal(errors.length, 2);
    },
  );

  test('a reader whose own database says where it stands starts there', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 1), topic('other', 2)]);
    await log.append(['1', '2', '3'].map((value) => record('in', 'k', value)));
    await log.append([record('other', 'k', 'x')]);
    const seen: string[] = [];
    let asked = 0;
    await log.consume({
      group: 'g',
      topics: ['in', 'other'],
      onError: () => undefined,
      from: async (name) => {
        if (asked++ === 0) throw new Error('the database is away');
        return name === 'in' ? 2 : undefined;
      },
      handle: async ({ records }) => {
        for (const { value } of records) seen.push(`${value}`);
      },
    });
    await until(() => seen.length === 2);
    assert.deepEqual(seen.sort(), ['3', 'x']);
  });

  test('a reader that stands beyond the end is told, and reads nothing', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 1)]);
    await log.append([record('in', 'k', '1')]);
    const errors: unknown[] = [];
    const seen: string[] = [];
    let stands = 3;
    await log.consume({
      group: 'g',
      topics: ['in'],
      from: async () => stands,
      onError: (error) => errors.push(error),
      handle: async ({ records }) => {
        for (const { value } of records) seen.push(`${value}`);
      },
    });
    await until(() => errors.length > 0);
    assert.ok(isMillraceError(errors[0], 'DATA_DAMAGED'), `${errors[0]}`);
    assert.match(errors[0].message, /in\/0 up to offset 3, and the log ends at 1/);
    assert.deepEqual(seen, []);
    stands = 0;
    await until(() => seen.length > 0);
    assert.deepEqual(seen, ['1']);
  });

  test('batches keep to their bounds, and one record always comes', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 1)]);
    await log.append(
      [100, 100, 5000, 100, 100, 100].map((size) => record('in', 'k', 'x'.repeat(size))),
    );
    const sizes: number[][] = [];
    await log.consume({
      group: 'g',
      topics: ['in'],
      maxRecords: 2,
      maxBytes: 1000,
      handle: async ({ records }) => {
        sizes.push(records.map(({ value }) => value?.length ?? 0));
      },
    });
    await until(() => sizes.flat().length === 6);
    assert.deepEqual(sizes, [[100, 100], [5000], [100, 100], [100]]);
  });
}
