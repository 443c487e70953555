import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { KafkaSettings } from '../../core/config/settings.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { startKafkaCluster, type TestCluster } from '../support/kafka-cluster.ts';
import {
  assertEachOnce,
  numberTopics,
  partitions,
  publishNumbers,
} from '../support/numbered-log.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { type KafkaMember, startKafkaMember } from '../support/start-kafka-member.ts';
import { until } from '../support/until.ts';

const deadline = { timeout: 240_000 };

describe('a group on Kafka whose members come, go and stall', {
  skip: withoutEngine(),
  concurrency: false,
}, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startKafkaCluster(1);
  });
  after(() => cluster.stop());

  test(
    'promise 2: a member that wakes after its partitions moved is fenced: nothing twice, nothing lost',
    deadline,
    async (t) => {
      const rig = await startRig(t, cluster.direct);
      const zombie = rig.join();
      const publishing = rig.publish();
      await until(() => zombie.partitions.size === partitions);
      zombie.freeze();
      const heir = rig.join();
      await until(() => heir.partitions.size === partitions, 60_000);
      zombie.thaw();
      zombie.forget();
      heir.forget();
      // Both have some again: it came back into the group, and went on where the other was.
      await until(() => zombie.partitions.size >= 2 && heir.partitions.size >= 2, 60_000);
      const count = await publishing.stop();
      await assertEachOnce(rig.log, count);
    },
  );

  test(
    'promise 2: between two and three members, one of them killed, each number has its effect once and in order',
    deadline,
    async (t) => {
      const rig = await startRig(t, cluster.direct);
      const [first, second] = [rig.join(), rig.join()];
      const publishing = rig.publish();
      const all = (members: readonly KafkaMember[]) => {
        for (const member of members) member.forget();
        return until(() => {
          const counts = members.map((member) => member.partitions.size);
          return counts.every((size) => size >= Math.floor(partitions / members.length));
        }, 60_000);
      };
      await all([first, second]);
      const third = rig.join();
      await all([first, second, third]);
      await first.stop();
      await all([second, third]);
      await second.kill();
      await until(() => third.partitions.size === partitions, 60_000);
      await all([third, rig.join()]);
      const count = await publishing.stop();
      await assertEachOnce(rig.log, count);
    },
  );
});

describe('three brokers', { skip: withoutEngine(), concurrency: false }, () => {
  test('promises 1 and 2: brokers that coordinate and lead are stopped one after the other, each number has its effect once', {
    timeout: 400_000,
  }, async (t) => {
    const cluster = await startKafkaCluster(3);
    t.after(() => cluster.stop());
    const rig = await startRig(t, cluster.direct);
    const members = [rig.join(), rig.join()];
    const publishing = rig.publish();
    const hasGoneOn = async () => {
      for (const member of members) member.forget();
      await until(() => members.every(({ batches }) => batches > 20), 60_000);
    };
    await hasGoneOn();
    // Each is the coordinator of something: of the group, of the partitions' transactions, or their leader.
    for (const node of cluster.nodes) {
      await node.halt();
      await hasGoneOn();
      await node.resume();
      await hasGoneOn();
    }
    const count = await publishing.stop();
    await assertEachOnce(rig.log, count);
    assert.ok(count > 1000);
  });
});

interface Rig {
  readonly log: EventLog;
  /** Starts a member, which ends with the test at the latest. */
  join(): KafkaMember;
  /** Appends numbers until it is stopped; then tells how many. */
  publish(): { stop(): Promise<number> };
}

async function startRig(t: TestContext, settings: KafkaSettings): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-group-'));
  const kafka = { ...settings, topicPrefix: `${crypto.randomUUID().slice(0, 8)}.` };
  const log = await openKafkaLog({ kafka, stateFolder: join(folder, 'log') });
  const members: KafkaMember[] = [];
  const publishers: { stop(): Promise<number> }[] = [];
  t.after(async () => {
    await Promise.allSettled(publishers.map((publisher) => publisher.stop()));
    await Promise.all(members.map((member) => member.kill()));
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  await log.createTopics(numberTopics());
  return {
    log,
    join() {
      const member = startKafkaMember(kafka, folder);
      members.push(member);
      return member;
    },
    publish() {
      const publisher = publishNumbers(log, 400);
      publishers.push(publisher);
      return publisher;
    },
  };
}
