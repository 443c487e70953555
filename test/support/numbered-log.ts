import assert from 'node:assert/strict';
import { isMillraceError } from '../../core/errors.ts';
import type {
  EventLog,
  LogReader,
  NewRecord,
  ProcessHandler,
  TopicSpec,
} from '../../core/log/event-log.ts';

/** Numbers go in, one record each; a step counts them per key in its state and puts number and count out. */
export const numbersIn = 'in';
export const countsOut = 'out';
export const partitions = 6;
const keys = 21;

export function numberTopics(): TopicSpec[] {
  return [numbersIn, countsOut].map((name) => ({
    name,
    partitions,
    cleanup: 'delete',
    retentionMs: null,
    retentionBytes: null,
  }));
}

/** Resolves when `from` up to before `to` are in the log. */
export async function appendNumbers(log: EventLog, from: number, to: number): Promise<void> {
  const records: NewRecord[] = [];
  for (let number = from; number < to; number++) {
    const value = Buffer.from(`${number}`);
    records.push({ topic: numbersIn, key: keyOf(number), value, timestampMs: Date.now() });
  }
  await log.append(records);
}

/** Emits each number with how many of its key came before, as the state has it. */
export const countNumbers: ProcessHandler = async ({ records }, context) => {
  const state = context.state('count', 1);
  await state.load(records.map(({ key }) => key));
  return records.map(({ key, value, timestampMs }) => {
    const count = Number(state.get(key)?.toString() ?? '0');
    state.put(key, Buffer.from(`${count + 1}`));
    return { topic: countsOut, key, value: Buffer.from(`${value}:${count}`), timestampMs };
  });
};

/** Appends numbers, one append after the other, until it is stopped; what is refused is sent again. */
export function publishNumbers(
  log: EventLog,
  perSecond: number,
): {
  /** Resolves with how many were acknowledged: all below that number. */
  stop(): Promise<number>;
} {
  let isStopping = false;
  const run = async () => {
    const startMs = performance.now();
    let sent = 0;
    while (!isStopping) {
      try {
        await appendNumbers(log, sent, sent + keys);
        sent += keys;
      } catch (error) {
        if (!isMillraceError(error, 'LOG_UNAVAILABLE')) throw error;
      }
      const aheadMs = (sent * 1000) / perSecond - (performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, aheadMs)));
    }
    return sent;
  };
  const ended = run();
  ended.catch(() => undefined);
  return {
    stop() {
      isStopping = true;
      return ended;
    },
  };
}

/** Resolves when so many have come out (or more). */
export async function waitForCounts(log: LogReader, count: number): Promise<void> {
  let seen = 0;
  for await (const { batches } of log.tail([countsOut], { from: 'earliest' })) {
    for (const { records } of batches) seen += records.length;
    if (seen >= count) return;
  }
}

/**
 * Waits until everything that went in has come out, and then: every acknowledged number is there, none before an
 * earlier one of its key, and each record that went in has one effect, in order, with the count that its state had.
 */
export async function assertEachOnce(log: LogReader, acknowledged: number): Promise<void> {
  const went = await readByKey(log, numbersIn);
  const total = [...went.values()].reduce((sum, values) => sum + values.length, 0);
  await waitForCounts(log, total);
  const came = await readByKey(log, countsOut);
  for (let first = 0; first < keys; first++) {
    const key = keyOf(first);
    const values = went.get(key) ?? [];
    // A refused append may be there all the same, and again by its repeat.
    const firsts = [...new Set(values.map(Number))];
    const numbers = [];
    for (let number = first; number < acknowledged; number += keys) numbers.push(number);
    assert.deepEqual(firsts.slice(0, numbers.length), numbers, `what went in for ${key}`);
    const effects = values.map((value, at) => `${value}:${at}`);
    assert.deepEqual(came.get(key) ?? [], effects, `what came out for ${key}`);
  }
}

/** What is there and committed, in order. */
async function readByKey(log: LogReader, topic: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { batches, atEnd } of log.tail([topic], { from: 'earliest' })) {
    for (const { records } of batches) {
      for (const { key, value } of records) {
        const ofKey = found.get(key);
        if (ofKey) ofKey.push(`${value}`);
        else found.set(key, [`${value}`]);
      }
    }
    if (atEnd) break;
  }
  return found;
}

function keyOf(number: number): string {
  return `k/${number % keys}`;
}
