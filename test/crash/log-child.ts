/**
 * The process that log-kill.test.ts kills. `append FOLDER FIRST`: appends numbered records for ever and prints each
 * number once its append has resolved. `process FOLDER POINT NTH`: processes `in` to `out`, and kills itself at a
 * point of the NTH batch; prints `done` when everything is processed. `hold FOLDER`: opens the log and prints `open`.
 */
import { writeSync } from 'node:fs';
import type { NewRecord, ProcessHandler } from '../../core/log/event-log.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { topic } from '../contract/log/log-driver.ts';
import { countPerKey } from '../contract/log/process-contract.ts';

const [mode, folder = '', ...rest] = process.argv.slice(2);
const log = await openSqliteLog({ folder });
await log.createTopics([topic('in', 3), topic('out', 3)]);
// Not through a stream: what is printed has left this process.
const print = (line: string) => writeSync(1, `${line}\n`);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal may need a moment; nothing more may happen here.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

async function appendForEver(first: number): Promise<void> {
  let next = first;
  const lane = async () => {
    for (;;) {
      const numbers = Array.from({ length: 1 + (next % 20) }, () => next++);
      const records = numbers.map(
        (number): NewRecord => ({
          topic: 'in',
          key: `k/${number % 5}`,
          value: Buffer.from(`${number}`.padEnd(200)),
          timestampMs: number,
        }),
      );
      await log.append(records);
      print(numbers.join('\n'));
    }
  };
  await Promise.all([lane(), lane(), lane()]);
}

/** Where in its cycle the process dies; the last ones while the commit is on its way. */
const points: Record<string, (handle: ProcessHandler) => ProcessHandler> = {
  'before-load': () => () => die(),
  'after-load': () => async (batch, context) => {
    await context.state('count', 1).load(batch.records.map(({ key }) => key));
    return die();
  },
  'after-put': (handle) => async (batch, context) => {
    await handle(batch, context);
    return die();
  },
  'next-turn': (handle) => async (batch, context) => {
    setImmediate(die);
    return handle(batch, context);
  },
  'second-turn': (handle) => async (batch, context) => {
    setImmediate(() => setImmediate(() => setImmediate(die)));
    return handle(batch, context);
  },
  'while-writing': (handle) => async (batch, context) => {
    setTimeout(die, 1);
    return handle(batch, context);
  },
  'after-commit': (handle) => async (batch, context) => {
    const cuts = log.tail(['out'], { from: 'latest' })[Symbol.asyncIterator]();
    await cuts.next();
    void cuts.next().then(die);
    return handle(batch, context);
  },
  never: (handle) => handle,
};

async function processAll(point: string, nth: number): Promise<void> {
  let batches = 0;
  const deadly = points[point];
  if (!deadly) throw new Error(`No such point: ${point}`);
  await log.process({
    group: 'g',
    topics: ['in'],
    maxRecords: 20,
    handle: (batch, context) =>
      (++batches === nth ? deadly(countPerKey) : countPerKey)(batch, context),
  });
  const wanted = (await log.ranges(['in'])).reduce((sum, { endOffset }) => sum + endOffset, 0);
  for await (const { offsets } of log.tail(['out'], { from: 'earliest' })) {
    const there = Object.values(offsets.out ?? {}).reduce((sum, offset) => sum + offset, 0);
    if (there >= wanted) break;
  }
  print('done');
  await log.close();
}

if (mode === 'append') await appendForEver(Number(rest[0]));
else if (mode === 'process') await processAll(rest[0] ?? 'never', Number(rest[1]));
else print('open');
