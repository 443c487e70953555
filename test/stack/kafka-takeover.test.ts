import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Backoff } from '../../core/backoff.ts';
import type { RecordBatch } from '../../core/log/event-log.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { CommitsTable } from '../../core/log/kafka/commits-table.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { CommitLane, commitRecord } from '../../core/log/kafka/process/commit-lane.ts';
import { ProcessPartition } from '../../core/log/kafka/process/process-partition.ts';
import { TransactionalProducer } from '../../core/log/kafka/process/transactional-producer.ts';
import type { PartitionState } from '../../core/log/kafka/state/partition-state.ts';
import { TopicNames } from '../../core/log/kafka/topic-names.ts';
import { KafkaCluster } from '../../core/log/kafka/wire/kafka-cluster.ts';
import { pause } from '../../core/pause.ts';
import { record, topic } from '../contract/log/log-driver.ts';
import { readAll } from '../contract/log/read-records.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';

const options = { skip: withoutEngine(), timeout: 180_000 };

interface MemberOptions {
  /** What it does before it has its state. */
  readonly restore?: () => Promise<void>;
  /** What a batch of this partition waits for while it is handled. */
  readonly handling?: (partition: number) => Promise<void>;
}

/** Members of one group that are told nothing of each other: each opens the two partitions whenever it likes. */
async function useMembers(t: TestContext) {
  const { brokers } = await startKafka();
  const topicPrefix = `${randomBytes(5).toString('hex')}.`;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  const log = await openKafkaLog({ kafka, stateFolder: '/nonexistent' });
  t.after(() => log.close());
  await log.createTopics([topic('in', 2), topic('out', 1)]);
  const cluster = new KafkaCluster(createKafka(kafka));
  t.after(() => cluster.close());
  const names = new TopicNames(topicPrefix);
  const producerOf = (id: string) => new TransactionalProducer(cluster, id);
  const all: ProcessPartition[] = [];
  const written = async () => {
    // What is committed is seen some ms later; who closes waits for that.
    for (const partition of all) await partition.close();
    return (await readAll(log, ['out'])).map(({ text }) => text);
  };
  let lanes = 0;

  function member(name: string, { restore, handling }: MemberOptions = {}) {
    // The state is not what this is about: partitions that have none.
    const state = {
      isLost: false,
      restore: restore ?? (async () => undefined),
      context: () => ({ changed: async () => [] }),
      changes: () => ({ records: [], committed: () => undefined }),
    } as unknown as PartitionState;
    let lane: CommitLane | undefined;
    let producer = producerOf('');
    const nextLane = () => {
      if (lane && !lane.isRetired) return lane;
      producer = producerOf(`${topicPrefix}lane-${++lanes}`);
      lane = new CommitLane({ group: 'g', producer, names, gatherMs: 5 });
      return lane;
    };
    const partitionOf = (partition: number) =>
      new ProcessPartition({
        ...{ group: 'g', partition, topics: ['in'], names, asking: cluster, state },
        handle: async ({ records }) => {
          await handling?.(partition);
          return records.map(({ key }) => record('out', key, `${key} ${name}`));
        },
        commits: new CommitsTable(cluster, names.commits),
        claim: producerOf(`${names.group('g')}-${partition}`),
        lane: nextLane,
        fence: (id) => producerOf(id).init(),
        changelog: { topic: names.changelog('g'), partition },
        onCommitted: () => undefined,
        onPassed: () => undefined,
      });
    const partitions = [partitionOf(0), partitionOf(1)] as const;
    all.push(...partitions);
    return {
      /** Resolves with where it goes on from. */
      open: async (partition: 0 | 1 = 0) =>
        (await partitions[partition].open())[0]?.feed.position ?? 0,
      deliver: (offset: number, partition: 0 | 1 = 0) =>
        partitions[partition].deliver(batchOf(offset, partition)),
      close: (partition: 0 | 1) => partitions[partition].close(),
      /** Of its lane: for a transaction that is left open. */
      producer: () => producer,
    };
  }
  return { member, written, names, producerOf };
}

function batchOf(offset: number, partition: number): RecordBatch {
  const key = partition === 0 ? `${offset}` : `b${offset}`;
  const one = { offset, key, value: null, timestampMs: 1 };
  return { topic: 'in', partition, records: [one], nextOffset: offset + 1 };
}

test(
  'the next owner goes on where the last one stood, who commits nothing any more',
  options,
  async (t) => {
    const { member, written } = await useMembers(t);
    const [first, second] = [member('first'), member('second')];
    assert.equal(await first.open(), 0);
    await first.deliver(0);
    assert.equal(await second.open(), 1);
    await assert.rejects(first.deliver(1));
    await second.deliver(1);
    assert.deepEqual(await written(), ['0 first', '1 second']);
  },
);

test('what the last owner left open is ended, and none of it is seen', options, async (t) => {
  const { member, names, written } = await useMembers(t);
  const [first, second] = [member('first'), member('second')];
  await first.open();
  const place = { topic: names.onCluster('out'), partition: 0 };
  const left = { key: '0', value: Buffer.from('0 left open'), timestampMs: 1 };
  await first.producer().begin([place]);
  await first.producer().send([{ ...place, records: [left] }]);
  assert.equal(await second.open(), 0);
  await second.deliver(0);
  await assert.rejects(first.producer().commit());
  assert.deepEqual(await written(), ['0 second']);
});

test('who is overtaken while it opens does not become the owner', options, async (t) => {
  const { member, written } = await useMembers(t);
  const reading = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const slow = member('slow', {
    restore: () => {
      reading.resolve();
      return held.promise;
    },
  });
  const quick = member('quick');
  const opening = slow.open();
  opening.catch(() => undefined);
  // It has claimed the partition, and fenced whoever had it.
  await reading.promise;
  assert.equal(await quick.open(), 0);
  await quick.deliver(0);
  held.resolve();
  await assert.rejects(opening);
  await quick.deliver(1);
  assert.deepEqual(await written(), ['0 quick', '1 quick']);
});

test(
  'who was overtaken stays so, though it closes its other partitions meanwhile',
  options,
  async (t) => {
    const { member, written } = await useMembers(t);
    const held = Promise.withResolvers<void>();
    const first = member('first', {
      handling: (partition) => (partition === 1 ? held.promise : Promise.resolve()),
    });
    const second = member('second');
    await first.open(0);
    await first.open(1);
    await first.deliver(0, 0);
    const delivered = first.deliver(7, 1);
    delivered.catch(() => undefined);
    assert.equal(await second.open(1), 0);
    await second.deliver(7, 1);
    await first.close(0);
    held.resolve();
    await assert.rejects(delivered);
    await first.close(1);
    assert.deepEqual(await written(), ['0 first', 'b7 second']);
  },
);

test(
  "a partition opens though others' transactions follow each other without a gap",
  options,
  async (t) => {
    const { member, names, producerOf } = await useMembers(t);
    const place = { topic: names.commits, partition: 0 };
    const begin = async (producer: TransactionalProducer) => {
      const entry = { input: {}, ends: {}, producerId: producer.producerId };
      await producer.begin([place]);
      const records = [commitRecord({ group: 'other', partition: 0 }, entry)];
      await producer.send([{ ...place, records }]);
    };
    let [open, next] = [producerOf(`${names.group('other')}-0`), producerOf('other-1')];
    await open.init();
    await next.init();
    await begin(open);
    let isOpened = false;
    const opening = member('late')
      .open()
      .finally(() => {
        isOpened = true;
      });
    while (!isOpened) {
      await begin(next);
      await pause(300, t.signal);
      await open.commit();
      [open, next] = [next, open];
    }
    await open.commit();
    assert.equal(await opening, 0);
  },
);

test(
  'however members take partitions from each other, each record is committed once, in order',
  options,
  async (t) => {
    const { member, written } = await useMembers(t);
    const last = 40;
    let takeovers = 0;
    const handling = () => pause(Math.random() * 30, t.signal);
    async function carry(one: ReturnType<typeof member>, partition: 0 | 1): Promise<boolean> {
      try {
        let at = await one.open(partition);
        takeovers++;
        for (let count = Math.random() * 8; count > 0 && at < last; count--)
          await one.deliver(at++, partition);
        return at >= last;
      } catch (error) {
        if (error instanceof ReferenceError || error instanceof TypeError) throw error;
        return false;
      } finally {
        await one.close(partition);
      }
    }
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const backoff = new Backoff({ firstMs: 50, maxMs: 3000 });
        for (;;) {
          const one = member(name, { handling });
          // Who is through with one of them closes it while the other still goes on, and both were overtaken, maybe.
          const done = await Promise.all([carry(one, 0), carry(one, 1)]);
          if (done.every(Boolean)) return;
          // As the driver does, it waits, and longer when it is overtaken again.
          await pause(backoff.nextMs(), t.signal);
        }
      }),
    );
    const texts = await written();
    for (const partition of [0, 1])
      assert.deepEqual(
        texts.flatMap((text) => {
          const [key = ''] = text?.split(' ') ?? [];
          return key.startsWith('b') === (partition === 1) ? [Number(key.replace('b', ''))] : [];
        }),
        Array.from({ length: last }, (_, at) => at),
      );
    t.diagnostic(`${takeovers} owners`);
  },
);
