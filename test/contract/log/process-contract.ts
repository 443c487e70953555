import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventLog, ProcessContext, RecordBatch } from '../../../core/log/event-log.ts';
import { until } from '../../support/until.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { readAll, readCount, textsByKey } from './read-records.ts';
import { deadline, useLog } from './use-log.ts';

/** Emits each record with how many of its key came before. */
export async function countPerKey({ records }: RecordBatch, context: ProcessContext) {
  const state = context.state('count', 1);
  await state.load(records.map(({ key }) => key));
  return records.map(({ key, value }) => {
    const count = Number(state.get(key)?.toString() ?? '0');
    state.put(key, Buffer.from(`${count + 1}`));
    return record('out', key, `${value}:${count}`);
  });
}

function appendNumbers(log: EventLog, from: number, to: number): Promise<void> {
  const records = [];
  for (let at = from; at < to; at++) records.push(record('in', `k/${at % 7}`, `${at}`));
  return log.append(records);
}

/** Key k/x got x, x + 7, ... each once, with the counts 0, 1, ... */
function assertEachOnce(texts: Record<string, (string | null)[]>, count: number): void {
  for (let key = 0; key < 7; key++) {
    const expected = [];
    for (let at = key; at < count; at += 7) expected.push(`${at}:${expected.length}`);
    assert.deepEqual(texts[`k/${key}`], expected);
  }
}

export function processContract(driver: LogDriver): void {
  test(
    'emits, state and offsets are there together, and go on after the log is opened again',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      for (const [from, to] of [
        [0, 100],
        [100, 250],
      ] as const) {
        const log = await place.open();
        await log.createTopics([topic('in', 3), topic('out', 3)]);
        const consumption = await log.process({
          group: 'g',
          topics: ['in'],
          handle: countPerKey,
          maxRecords: 9,
        });
        await appendNumbers(log, from, to);
        assertEachOnce(textsByKey(await readCount(log, ['out'], to)), to);
        await consumption.stop();
        const ends = (await log.ranges(['in'])).filter(({ endOffset }) => endOffset > 0);
        const committed = await log.committed('g');
        for (const { partition, endOffset } of ends)
          assert.equal(committed.in?.[partition], endOffset);
        await log.close();
      }
    },
  );

  test(
    'a handler that throws gets the same records again, and nothing of its attempt stays',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 3), topic('out', 3)]);
      await appendNumbers(log, 0, 70);
      const errors: unknown[] = [];
      const seen = new Map<number, (readonly number[])[]>();
      await log.process({
        group: 'g',
        topics: ['in'],
        onError: (error) => errors.push(error),
        handle: async (batch, context) => {
          const attempts = seen.get(batch.partition) ?? [];
          seen.set(batch.partition, [...attempts, batch.records.map(({ offset }) => offset)]);
          const emits = await countPerKey(batch, context);
          if (attempts.length < 2) throw new Error('not yet');
          return emits;
        },
      });
      assertEachOnce(textsByKey(await readCount(log, ['out'], 70)), 70);
      assert.equal((await readAll(log, ['out'])).length, 70);
      for (const attempts of seen.values()) assert.deepEqual(attempts[0], attempts[1]);
      assert.equal(errors.length, seen.size * 2);
    },
  );

  test(
    'a commit that is refused is reported and retried, and the records come again',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 1), topic('out', 1)]);
      const codes: string[] = [];
      await log.process({
        group: 'g',
        topics: ['in'],
        onError: (error) => codes.push((error as { code: string }).code),
        handle: async ({ records }) =>
          records.map(({ key }) => record(codes.length === 0 ? 'nowhere' : 'out', key, 'v')),
      });
      await log.append([record('in', 'k', '1')]);
      await readCount(log, ['out'], 1);
      assert.deepEqual(codes, ['TOPIC_UNKNOWN']);
    },
  );

  test(
    'state is deleted by null, may be empty, is seen within its batch, and must be loaded',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 1), topic('out', 1)]);
      const seen: unknown[] = [];
      await log.process({
        group: 'g',
        topics: ['in'],
        maxRecords: 1,
        handle: async ({ records }, context) => {
          const state = context.state('s', 1);
          assert.throws(() => state.get('k'), /not loaded/);
          await state.load(['k', 'empty', 'k']);
          seen.push([state.get('k')?.toString(), state.get('empty')?.length]);
          const value = records[0]?.value?.toString() ?? '';
          state.put('k', value === '' ? null : Buffer.from(value));
          state.put('empty', new Uint8Array());
          assert.equal(state.get('k')?.toString(), value || undefined);
          return records.map(({ key }) => record('out', key, value));
        },
      });
      await log.append(['a', '', 'b'].map((value) => record('in', 'k', value)));
      await readCount(log, ['out'], 3);
      assert.deepEqual(seen, [
        [undefined, undefined],
        ['a', 0],
        [undefined, 0],
      ]);
    },
  );

  test(
    'state that memory let go, or another opening wrote, is read from the disk',
    deadline,
    async (t) => {
      const place = await useLog(t, driver);
      const seen: (string | undefined)[] = [];
      for (const round of ['1', '2']) {
        const log = await place.open();
        await log.createTopics([topic('in', 1), topic('out', 1)]);
        const consumption = await log.process({
          group: 'g',
          topics: ['in'],
          handle: async (_, context) => {
            const [state, other] = [context.state('s', 1), context.state('s2', 1)];
            await Promise.all([state.load(['k', 'empty']), other.load(['k'])]);
            seen.push(
              state.get('k')?.toString(),
              state.get('empty')?.toString(),
              other.get('k')?.toString(),
            );
            state.put('k', Buffer.from(`v${round}`));
            state.put('empty', new Uint8Array());
            return [record('out', 'k', round)];
          },
        });
        await log.append([record('in', 'k', round)]);
        await readCount(log, ['out'], Number(round));
        await consumption.stop();
        await log.close();
      }
      assert.deepEqual(seen, [undefined, undefined, undefined, 'v1', '', undefined]);
    },
  );

  test('another version of a step sees none of the old entries', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 1), topic('out', 1)]);
    const seen: (string | undefined)[] = [];
    for (const version of [1, 2]) {
      const consumption = await log.process({
        group: 'g',
        topics: ['in'],
        handle: async (_, context) => {
          const state = context.state('s', version);
          await state.load(['k']);
          seen.push(state.get('k')?.toString());
          state.put('k', Buffer.from(`v${version}`));
          return [record('out', 'k', '')];
        },
      });
      await log.append([record('in', 'k', '1')]);
      await readCount(log, ['out'], version);
      await consumption.stop();
    }
    assert.deepEqual(seen, [undefined, undefined]);
  });

  test('topics of unequal partition counts are not processed together', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 2), topic('out', 3)]);
    const handle = async () => [];
    await assert.rejects(log.process({ group: 'g', topics: ['in', 'out'], handle }), {
      code: 'TOPIC_PARTITIONS_DIFFER',
    });
  });

  test(
    'a consumption that stops waits for the batch in hand and takes no other',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 1), topic('out', 1)]);
      const begun = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const consumption = await log.process({
        group: 'g',
        topics: ['in'],
        maxRecords: 1,
        handle: async ({ records }) => {
          begun.resolve();
          await release.promise;
          return records.map(({ key, value }) => record('out', key, `${value}`));
        },
      });
      await log.append([record('in', 'k', '1'), record('in', 'k', '2')]);
      await begun.promise;
      const stopped = consumption.stop();
      release.resolve();
      await stopped;
      assert.deepEqual(
        (await readAll(log, ['out'])).map(({ text }) => text),
        ['1'],
      );
      assert.deepEqual(await log.committed('g'), { in: { 0: 1 } });
    },
  );

  test(
    'members of a group that come and go lose nothing and double nothing',
    deadline,
    async (t) => {
      const log = await (await useLog(t, driver)).open();
      await log.createTopics([topic('in', 6), topic('out', 6)]);
      const join = () =>
        log.process({ group: 'g', topics: ['in'], handle: countPerKey, maxRecords: 5 });
      const first = await join();
      let sent = 0;
      const send = () => {
        sent += 700;
        return appendNumbers(log, sent - 700, sent);
      };
      await send();
      const second = await join();
      await send();
      const third = await join();
      await Promise.all([send(), first.stop()]);
      await send();
      await second.stop();
      await send();
      assertEachOnce(textsByKey(await readCount(log, ['out'], sent)), sent);
      await third.stop();
      assert.equal((await readAll(log, ['out'])).length, sent);
    },
  );

  test('members of a group share its partitions', deadline, async (t) => {
    const log = await (await useLog(t, driver)).open();
    await log.createTopics([topic('in', 4), topic('out', 4)]);
    const partitions = [new Set<number>(), new Set<number>()];
    for (const seen of partitions) {
      await log.process({
        group: 'g',
        topics: ['in'],
        handle: async ({ partition, records }) => {
          seen.add(partition);
          return records.map(({ key }) => record('out', key, ''));
        },
      });
    }
    await until(async () => {
      for (const seen of partitions) seen.clear();
      const before = (await readAll(log, ['out'])).length;
      await log.append(Array.from({ length: 60 }, (_, at) => record('in', `k/${at}`, '')));
      await until(async () => (await readAll(log, ['out'])).length === before + 60);
      return partitions.every(({ size }) => size === 2);
    });
  });
}
