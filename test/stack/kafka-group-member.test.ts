import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { MillraceError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { GroupMember } from '../../core/log/kafka/group/group-member.ts';
import { KafkaCluster } from '../../core/log/kafka/wire/kafka-cluster.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { until } from '../support/until.ts';

test('a group that can not be joined is said with its cause, and not at every try', {
  skip: withoutEngine(),
  timeout: 120_000,
}, async (t) => {
  const { brokers } = await startKafka();
  const settings = { brokers, sasl: undefined, tls: undefined, topicPrefix: '', replication: 1 };
  const cluster = new KafkaCluster(createKafka(settings));
  t.after(() => cluster.close());
  const tries: unknown[] = [];
  const warned: unknown[] = [];
  const events = {
    debug: () => undefined,
    warn: (name: string, fields?: { error?: unknown }) => warned.push([name, fields?.error]),
  } as unknown as Events;
  const refusal = new MillraceError('TOPIC_PARTITIONS_DIFFER', 'a has 2, b has 3');
  const member = new GroupMember({
    ...{ cluster, groupId: randomUUID(), topics: ['a', 'b'], events },
    sharesOf: async () => {
      tries.push(undefined);
      throw refusal;
    },
    onAssigned: () => undefined,
    onRevoked: async () => undefined,
  });
  t.after(() => member.stop());
  await until(() => warned.length > 0, 60_000);
  assert.deepEqual(warned, [['log.group-not-joined', refusal]]);
  assert.ok(tries.length > 4, `after ${tries.length} tries`);
});
