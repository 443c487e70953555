import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceDeclaration } from '../../../core/config/pipeline.ts';
import { SourceMatcher } from '../../../services/mqtt-ingress/source-matcher.ts';

const source = (topics: readonly string[], implied: readonly string[] = []): SourceDeclaration => ({
  topics,
  format: {
    name: 'none',
    topics: implied,
    contentType: 'text/plain',
    emits: {},
    decode: () => [{ kind: 'drop', reason: 'not-a-reading' }],
  },
});

test('the first declared source with a matching filter takes the topic', () => {
  const matcher = new SourceMatcher({
    exact: source(['city/north/lamp']),
    city: source([], ['city/+/lamp']),
    all: source(['city/#']),
  });
  assert.equal(matcher.match('city/north/lamp')?.name, 'exact');
  assert.equal(matcher.match('city/south/lamp')?.name, 'city');
  assert.equal(matcher.match('city/south')?.name, 'all');
  assert.equal(matcher.match('country'), undefined);
  assert.equal(matcher.match('country'), undefined, 'remembered too');
});

test('topics beyond what is remembered are found all the same', () => {
  const matcher = new SourceMatcher({ meters: source(['meters/+']) });
  for (let n = 0; n < 90_000; n++) {
    assert.equal(matcher.match(`meters/${n}`)?.name, 'meters');
    assert.equal(matcher.match(`others/${n}`), undefined);
  }
  assert.equal(matcher.match('meters/0')?.name, 'meters');
});
