import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionRecord, actionsOf } from '../../../core/dead-letters/action-entry.ts';

const begin = {
  action: 'a1',
  part: 0,
  verb: 'replay',
  at: 1_000_000,
  by: 'anna',
  reason: null,
  filter: { source: 'air' },
} as const;
const step = { action: 'a1', part: 1, at: 2_000_000, letters: 3, readings: 5, stillDead: 1 };

const recordsOf = (...entries: Parameters<typeof actionRecord>[0][]) =>
  entries.map((entry) => ({ value: Buffer.from(actionRecord(entry).value ?? []) }));

test('an action is the sum of its steps, whichever is read first', () => {
  const entries = recordsOf({ ...step, part: 2, at: 3_000_000, isLast: true }, begin, {
    ...step,
    isLast: false,
  });
  const { part: _, ...asked } = begin;
  assert.deepEqual(actionsOf(entries), [
    { ...asked, letters: 6, readings: 10, stillDead: 2, lastAt: 3_000_000, isDone: true },
  ]);
});

test('one that was killed before its first step stands there all the same', () => {
  const [action] = actionsOf(recordsOf(begin));
  assert.deepEqual([action?.letters, action?.lastAt, action?.isDone], [0, null, false]);
});

test('every entry has a key of its own, so that none takes the place of another', () => {
  const keys = [begin, { ...step, isLast: false }, { ...step, part: 2, isLast: true }].map(
    (entry) => actionRecord(entry).key,
  );
  assert.equal(new Set(keys).size, 3);
});

test('what is no entry is left out', () => {
  const broken = ['', 'null', '{}', '{"action":1}'].map((text) => ({ value: Buffer.from(text) }));
  assert.equal(actionsOf([...broken, { value: null }, ...recordsOf(begin)]).length, 1);
});
