import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignShares, type ShareTaker } from '../../../core/log/kafka/group/assign-shares.ts';

const names = Array.from({ length: 12 }, (_, at) => `${at}`);
/** All can take the same, and had what they say, which may be what others say too. */
const takers = fc
  .tuple(
    fc.subarray(names, { minLength: 1 }),
    fc.array(fc.subarray(names), { minLength: 1, maxLength: 6 }),
  )
  .map(([able, owned]) => owned.map((own, at) => ({ memberId: `m${at}`, able, owned: own })));

const counts = (given: ReadonlyMap<string, readonly string[]>) =>
  [...given.values()].map((shares) => shares.length);

test('every share goes to one member, and members differ by one at most', () => {
  fc.assert(
    fc.property(takers, (members) => {
      const given = assignShares(members);
      const all = [...given.values()].flat();
      assert.deepEqual(all.toSorted(), members[0]?.able.toSorted());
      assert.ok(Math.max(...counts(given)) - Math.min(...counts(given)) <= 1);
    }),
  );
});

test('the order in which members are named makes no difference', () => {
  fc.assert(
    fc.property(takers, (members) => {
      const sorted = (of: readonly ShareTaker[]) => [...assignShares(of)].sort();
      assert.deepEqual(sorted(members.toReversed()), sorted(members));
    }),
  );
});

test('who shares evenly already keeps everything, and a newcomer takes from each what is too much', () => {
  fc.assert(
    fc.property(takers, (members) => {
      const first = assignShares(members);
      const again = members.map((one) => ({ ...one, owned: first.get(one.memberId) ?? [] }));
      const sortedShares = (given: ReadonlyMap<string, readonly string[]>) =>
        [...given].map(([id, shares]) => [id, shares.toSorted()]);
      assert.deepEqual(sortedShares(assignShares(again)), sortedShares(first));
      const able = members[0]?.able ?? [];
      const joined = assignShares([...again, { memberId: 'new', able, owned: [] }]);
      const moved = again.flatMap(({ memberId, owned }) =>
        (joined.get(memberId) ?? []).filter((share) => !owned.includes(share)),
      );
      assert.deepEqual(moved, []);
    }),
  );
});

test('a member gets only what it can take', () => {
  const given = assignShares([
    { memberId: 'a', able: ['1', '2'], owned: ['3'] },
    { memberId: 'b', able: ['2', '3'], owned: [] },
  ]);
  assert.deepEqual([...given.values()].flat().sort(), ['1', '2', '3']);
  assert.ok(!given.get('a')?.includes('3'));
  assert.ok(!given.get('b')?.includes('1'));
});
