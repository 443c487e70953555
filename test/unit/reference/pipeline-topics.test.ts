import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineTopics } from '../../../core/log/pipeline-topics.ts';
import * as topics from '../../../core/topics.ts';

const specs = pipelineTopics(
  { retention: { historyMs: null, rawMs: 2, topicsMs: 7, sizeBytes: 1000 } },
  { partitions: 6 },
);
const spec = (name: string) => specs.find((one) => one.name === name);

test('every topic that has a name is made', () => {
  assert.deepEqual(specs.map(({ name }) => name).sort(), Object.values(topics).sort());
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
