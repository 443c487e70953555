import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { CommitsTable } from '../../core/log/kafka/commits-table.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { TransactionalProducer } from '../../core/log/kafka/process/transactional-producer.ts';
import { KafkaCluster } from '../../core/log/kafka/wire/kafka-cluster.ts';
import { record, topic } from '../contract/log/log-driver.ts';
import { countPerKey } from '../contract/log/process-contract.ts';
import { readAll, readCount, textsByKey } from '../contract/log/read-records.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { until } from '../support/until.ts';

const options = { skip: withoutEngine(), timeout: 120_000 };

async function useCluster(t: TestContext) {
  const { brokers } = await startKafka();
  const topicPrefix = `${randomBytes(5).toString('hex')}.`;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  const folders: string[] = [];
  const open = async (folder?: string) => {
    const stateFolder = folder ?? (await mkdtemp(join(tmpdir(), 'millrace-safety-')));
    folders.push(stateFolder);
    const log = await openKafkaLog({ kafka, stateFolder });
    t.after(() => log.close());
    return { log, stateFolder };
  };
  const cluster = new KafkaCluster(createKafka(kafka));
  t.after(async () => {
    await cluster.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
  const transactional = (id: string) => new TransactionalProducer(cluster, `${topicPrefix}${id}`);
  return { open, cluster, topicPrefix, transactional };
}

test('a zombie whose partition has a new owner commits nothing any more', options, async (t) => {
  const { open, topicPrefix, transactional } = await useCluster(t);
  const { log } = await open();
  await log.createTopics([topic('out', 1)]);
  const place = { topic: `${topicPrefix}out`, partition: 0 };
  const write = (value: string) => [
    { ...place, records: [{ key: 'k', value: Buffer.from(value), timestampMs: 1 }] },
  ];
  const zombie = transactional('g-0');
  // A broker on a machine that is short of time loses its leadership for moments.
  await until(async () => {
    await zombie.init();
    await zombie.begin([place]);
    return zombie.send(write('of the zombie'));
  });
  const owner = transactional('g-0');
  await owner.init();
  await assert.rejects(zombie.commit());
  await assert.rejects(zombie.begin([place]));
  await owner.begin([place]);
  await owner.send(write('of the owner'));
  await owner.commit();
  const texts = (await readCount(log, ['out'], 1)).map(({ text }) => text);
  assert.deepEqual(texts, ['of the owner']);
});

test(
  'an owner that is fenced within a batch opens the partition anew, and each record counts once',
  options,
  async (t) => {
    const { open, cluster, topicPrefix } = await useCluster(t);
    const { log } = await open();
    await log.createTopics([topic('in', 1), topic('out', 1)]);
    const errors: unknown[] = [];
    let batches = 0;
    const commits = new CommitsTable(cluster, `${topicPrefix}commits`);
    const fenceOwner = async () => {
      await commits.readToEnd();
      await new TransactionalProducer(cluster, commits.get('g', 0)?.lane ?? '').init();
    };
    await log.process({
      group: 'g',
      topics: ['in'],
      maxRecords: 10,
      onError: (error) => errors.push(error),
      handle: async (batch, context) => {
        const emits = await countPerKey(batch, context);
        // As another process would that has been assigned the partition.
        if (++batches === 3) await fenceOwner();
        return emits;
      },
    });
    for (let at = 0; at < 100; at++) await log.append([record('in', `k/${at % 3}`, `${at}`)]);
    await readCount(log, ['out'], 100);
    const texts = textsByKey(await readAll(log, ['out']));
    for (const [key, values] of Object.entries(texts))
      for (const [index, text] of values.entries())
        assert.equal(text, `${Number(key.slice(2)) + index * 3}:${index}`);
    assert.equal(errors.length, 1);
  },
);

test(
  'state is the same from the local copy, from an older copy, and from the changelog alone',
  options,
  async (t) => {
    const { open } = await useCluster(t);
    const folders: string[] = [];
    let sent = 0;
    // The second and the fourth opening have the copy of the first, and the third has none.
    for (const use of [undefined, 0, undefined, 0]) {
      const { log, stateFolder } = await open(use === undefined ? undefined : folders[use]);
      folders.push(stateFolder);
      await log.createTopics([topic('in', 2), topic('out', 2)]);
      const consumption = await log.process({ group: 'g', topics: ['in'], handle: countPerKey });
      await log.append(Array.from({ length: 20 }, (_, at) => record('in', `k/${at % 5}`, '')));
      sent += 20;
      const texts = textsByKey(await readCount(log, ['out'], sent));
      for (const values of Object.values(texts))
        assert.deepEqual(
          values,
          values.map((_, index) => `:${index}`),
        );
      await consumption.stop();
      await log.close();
    }
  },
);

test(
  'a second process on the same folder keeps its copy of the state apart, and removes it',
  options,
  async (t) => {
    const { open } = await useCluster(t);
    const first = await open();
    await first.log.createTopics([topic('in', 2), topic('out', 2)]);
    const second = await open(first.stateFolder);
    const seen = [0, 0];
    for (const [index, { log }] of [first, second].entries())
      await log.process({
        group: 'g',
        topics: ['in'],
        handle: async (batch, context) => {
          seen[index] = (seen[index] ?? 0) + batch.records.length;
          return countPerKey(batch, context);
        },
      });
    let sent = 0;
    await until(async () => {
      await first.log.append(Array.from({ length: 20 }, (_, at) => record('in', `k/${at}`, '')));
      sent += 20;
      await readCount(first.log, ['out'], sent);
      return seen.every((count) => count > 0);
    });
    assert.equal((await readAll(first.log, ['out'])).length, sent);
    await second.log.close();
    await first.log.close();
    assert.deepEqual(await readdir(first.stateFolder), ['kafka-state']);
  },
);
