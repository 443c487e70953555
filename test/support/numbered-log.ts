import assert from 'node:assert/strict';
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

/** What has come out and is committed, by key in order. */
export async function readCounts(log: LogReader): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { batches, atEnd } of log.tail([countsOut], { from: 'earliest' })) {
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

/** Resolves when so many have come out (or more). */
export async function waitForCounts(log: LogReader, count: number): Promise<void> {
  let seen = 0;
  for await (const { batches } of log.tail([countsOut], { from: 'earliest' })) {
    for (const { records } of batches) seen += records.length;
    if (seen >= count) return;
  }
}

/** Each number below `count` has come out once, in order per key, with the count that its state had. */
export function assertEachOnce(found: ReadonlyMap<string, readonly string[]>, count: number): void {
  for (let first = 0; first < keys; first++) {
    const expected: string[] = [];
    for (let number = first; number < count; number += keys)
      expected.push(`${number}:${expected.length}`);
    assert.deepEqual(found.get(keyOf(first)) ?? [], expected, `key ${keyOf(first)}`);
  }
}

function keyOf(number: number): string {
  return `k/${number % keys}`;
}
