import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMillraceError } from '../../../core/errors.ts';
import { ConsumePartition } from '../../../core/log/kafka/process/consume-partition.ts';
import {
  ProcessPartition,
  type ProcessPartitionParts,
} from '../../../core/log/kafka/process/process-partition.ts';
import { TopicNames } from '../../../core/log/kafka/topic-names.ts';
import type { KafkaCluster } from '../../../core/log/kafka/wire/kafka-cluster.ts';

/** As kafkajs rejects: no error of ours. */
const raw = Object.assign(new Error('This is not the correct coordinator'), {
  type: 'NOT_COORDINATOR_FOR_GROUP',
});
const names = new TopicNames('p.');
const handle = async () => [];

function isTold(doing: RegExp) {
  return (error: unknown) => {
    assert.ok(isMillraceError(error, 'LOG_UNAVAILABLE'), `${error}`);
    assert.match(error.message, doing);
    assert.match(error.message, /Check the brokers/);
    assert.equal(error.cause, raw);
    return true;
  };
}

const told = { onHandled: () => undefined, onPassed: () => undefined };

test('a partition of a process that can not be opened says so in our words', async () => {
  const claim = { init: () => Promise.reject(raw) };
  const lane = () => ({ open: async () => undefined });
  const parts = { names, handle, claim, lane, group: 'g', partition: 2, topics: ['in'] };
  const partition = new ProcessPartition(parts as unknown as ProcessPartitionParts);
  await assert.rejects(partition.open(), isTold(/partition 2 of group g/));
});

test('a partition of a consumer that can not be opened says so in our words', async () => {
  const asking = {
    coordinator: () => Promise.reject(raw),
    leaderOf: async () => 1,
    broker: async () => ({ listOffsets: async () => ({ responses: [] }) }),
  } as unknown as KafkaCluster;
  const partition = new ConsumePartition({
    ...{ asking, names, places: [{ topic: 'p.in', partition: 0 }], ...told },
    options: { group: 'g', topics: ['in'], handle: async () => undefined },
  });
  await assert.rejects(partition.open(), isTold(/where group g begins/));
});

test('what the reader says of its own database comes as it is', async () => {
  const away = new Error('the database is away');
  const partition = new ConsumePartition({
    ...{ asking: {} as KafkaCluster, names, ...told },
    places: [{ topic: 'p.in', partition: 0 }],
    options: {
      ...{ group: 'g', topics: ['in'], handle: async () => undefined },
      from: () => Promise.reject(away),
    },
  });
  await assert.rejects(partition.open(), (error) => error === away);
});
