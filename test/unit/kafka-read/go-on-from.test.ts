import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goOnFrom } from '../../../core/log/kafka/read/go-on-from.ts';
import type { KafkaCluster } from '../../../core/log/kafka/wire/kafka-cluster.ts';

interface Answer {
  readonly start: number;
  readonly end: number;
}

/** Leaders that answer one after the other; the last goes on. */
function clusterOf(answers: readonly Answer[]): KafkaCluster {
  let at = -1;
  const broker = {
    async listOffsets({ topics }: { topics: { partitions: { timestamp: number }[] }[] }) {
      const { start, end } = answers[Math.min(at, answers.length - 1)] ?? { start: 0, end: 0 };
      const offset = topics[0]?.partitions[0]?.timestamp === -2 ? start : end;
      return { responses: [{ topic: 't', partitions: [{ partition: 0, offset: `${offset}` }] }] };
    },
  };
  const cluster = {
    forgetTopic: () => at++,
    leaderOf: async () => 0,
    broker: async () => broker,
  };
  return cluster as unknown as KafkaCluster;
}

const lost = [{ topic: 't', partition: 0, offset: 100 }];
const patience = { patienceMs: 600 };

test('a position that retention has passed goes on at the start', async () => {
  const [position] = await goOnFrom(clusterOf([{ start: 150, end: 200 }]), lost, patience);
  assert.equal(position?.offset, 150);
});

test('a position that a broker had not heard of yet stays: nothing is read again', async () => {
  const behind = { start: 0, end: 60 };
  const leader = { start: 0, end: 120 };
  const [position] = await goOnFrom(clusterOf([behind, behind, leader]), lost, patience);
  assert.equal(position?.offset, 100);
  const [atEnd] = await goOnFrom(clusterOf([{ start: 0, end: 100 }]), lost, patience);
  assert.equal(atEnd?.offset, 100);
});

test('a position that stays beyond the end goes on at the start, not at once', async () => {
  const startedAtMs = performance.now();
  const [position] = await goOnFrom(clusterOf([{ start: 7, end: 60 }]), lost, patience);
  assert.equal(position?.offset, 7);
  assert.ok(performance.now() - startedAtMs >= patience.patienceMs);
});
