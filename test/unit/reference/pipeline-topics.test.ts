import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pipeline } from '../../../core/config/pipeline.ts';
import { pipelineTopics } from '../../../core/log/pipeline-topics.ts';
import * as topics from '../../../core/topics.ts';

const retention = { historyMs: null, rawMs: 2, topicsMs: 7, sizeBytes: 1000 };
const none = { verify: { scheme: 'none' } };
const sources = {
  sent: { webhook: { ...none, dedupe: '1d' } },
  sentForLong: { webhook: { ...none, dedupe: '9d' } },
  asked: { poll: {} },
} as unknown as Pipeline['sources'];
const specs = pipelineTopics({ retention, sources }, { partitions: 6 });
const spec = (name: string) => specs.find((one) => one.name === name);

test('every topic that has a name is made; those of webhooks and polls where a source has one', () => {
  assert.deepEqual(specs.map(({ name }) => name).sort(), Object.values(topics).sort());
  const others = pipelineTopics({ retention, sources: {} }, { partitions: 6 });
  const left = specs.filter(({ name }) => others.every((other) => other.name !== name));
  const ofSome = [topics.deliveriesTopic, topics.pollsTopic, topics.pollStatesTopic];
  assert.deepEqual(left.map(({ name }) => name).sort(), ofSome.sort());
});

test('deliveries are kept as long as the source wants that wants it longest, whatever the size', () => {
  const { retentionMs, retentionBytes } = spec(topics.deliveriesTopic) ?? {};
  assert.deepEqual([retentionMs, retentionBytes], [9 * 86_400_000, null]);
});

test('topics that hand readings on match in partitions; what is read whole is compacted and never expires', () => {
  for (const name of [topics.rawTopic, topics.enrichedTopic, topics.deadLettersTopic]) {
    assert.equal(spec(name)?.partitions, 6);
    assert.equal(spec(name)?.cleanup, 'delete');
  }
  for (const name of [topics.registersTopic, topics.modelsTopic, topics.ledgerTopic]) {
    assert.deepEqual(spec(name), {
      name,
      partitions: 1,
      cleanup: 'compact',
      retentionMs: null,
      retentionBytes: null,
    });
  }
});

test('raw has a retention of its own, and all topics together no more than the size given', () => {
  assert.equal(spec(topics.rawTopic)?.retentionMs, 2);
  assert.equal(spec(topics.enrichedTopic)?.retentionMs, 7);
  const bytes = specs.reduce((sum, { retentionBytes }) => sum + (retentionBytes ?? 0), 0);
  assert.ok(bytes > 900 && bytes <= 1000);
});
