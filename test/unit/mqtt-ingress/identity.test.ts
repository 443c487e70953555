import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventIdOf, hashOrigin, parseContentIdentity } from '../../../core/identity.ts';

const origin = { source: 'air', topic: 'city/a', payload: Buffer.from('{"v":1}') };
const identity = (changes: Partial<Parameters<typeof eventIdOf>[0]> = {}) =>
  eventIdOf({
    source: 'air',
    id: undefined,
    isKnownByContent: true,
    originHash: () => hashOrigin(origin),
    index: 0,
    mayRepeat: false,
    random: () => 'r4nd0m',
    ...changes,
  });

test("the sender's own id counts, with its source", () => {
  assert.equal(identity({ id: '17', originHash: assert.fail, random: assert.fail }), 'air:17');
});

test('a reading with a time has the same id however often its packet comes', () => {
  assert.equal(identity(), identity({ mayRepeat: true }));
  assert.match(identity(), /^[\w-]{22}$/);
  assert.equal(parseContentIdentity(identity()), undefined);
});

test('readings of one packet have ids of their own', () => {
  const ids = [...Array(500).keys()].map((index) => identity({ index }));
  assert.equal(new Set(ids).size, 500);
});

test('with neither time nor id the id is random, and names its content', () => {
  const fresh = identity({ isKnownByContent: false, index: 3 });
  const again = identity({
    isKnownByContent: false,
    index: 3,
    mayRepeat: true,
    random: () => 'other',
  });
  assert.notEqual(fresh, again);
  const first = parseContentIdentity(fresh);
  const second = parseContentIdentity(again);
  assert.equal(first?.contentHash, second?.contentHash);
  assert.equal(first?.contentHash, identity({ index: 3 }));
  assert.equal(first?.mayRepeat, false);
  assert.equal(second?.mayRepeat, true);
});

test('what is no content identity is not read as one', () => {
  for (const id of ['', 'air:~x', '~', '~dup.', '~short.r', 'abc']) {
    assert.equal(parseContentIdentity(id), undefined, id);
  }
});

test('other sources, topics or bytes have another hash; the boundary between topic and bytes counts', () => {
  const part = fc.string({ maxLength: 6 });
  fc.assert(
    fc.property(part, part, part, part, (topicA, bytesA, topicB, bytesB) => {
      const hashed = (topic: string, bytes: string) =>
        hashOrigin({ source: 's', topic, payload: Buffer.from(bytes) });
      const same = topicA === topicB && Buffer.from(bytesA).equals(Buffer.from(bytesB));
      assert.equal(hashed(topicA, bytesA) === hashed(topicB, bytesB), same);
    }),
  );
  assert.notEqual(
    hashOrigin({ ...origin, topic: 'ab', payload: Buffer.from('c') }),
    hashOrigin({ ...origin, topic: 'a', payload: Buffer.from('bc') }),
  );
  const large = Buffer.alloc(300_000, 7);
  assert.match(hashOrigin({ ...origin, payload: large }), /^[\w-]{22}$/);
});
