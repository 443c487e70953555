import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormatOutcome } from '../../../core/format.ts';
import { custom } from '../../../formats/custom.ts';

const input = { topic: 'tanks/1/level', payload: Buffer.from([1, 2]) };
const observation = {
  entityType: 'tank',
  entityId: '1',
  numbers: { level: 2 },
  flags: {},
  texts: {},
  tags: {},
  position: null,
  unset: [],
};

/** What comes of what a decoder in JavaScript gives. */
function outcomeOf(decode: () => unknown): FormatOutcome | undefined {
  const format = custom({ name: 'own', emits: {}, decode: decode as () => FormatOutcome[] });
  const outcomes = format.decode(input);
  assert.equal(outcomes.length, 1);
  return outcomes[0];
}

test('what the function decodes is passed on as it is', () => {
  const outcome = { kind: 'ok', observation } as const;
  assert.deepEqual(
    outcomeOf(() => [outcome]),
    outcome,
  );
  assert.deepEqual(
    outcomeOf(() => [{ kind: 'drop', reason: 'not-a-reading' }]),
    { kind: 'drop', reason: 'not-a-reading' },
  );
});

test('what it throws, or an empty answer, is a dead letter and never silence', () => {
  const threw = outcomeOf(() => {
    throw new RangeError('out of bytes');
  });
  assert.deepEqual(threw, {
    kind: 'deadLetter',
    reason: 'decoder-threw',
    detail: 'The format own threw RangeError: out of bytes.',
  });
  for (const nothing of [[], undefined, null, 'x']) {
    const outcome = outcomeOf(() => nothing);
    assert.ok(
      outcome?.kind === 'deadLetter' && outcome.reason === 'decoder-threw',
      String(nothing),
    );
  }
});
