import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { KafkaSettings } from '../../core/config/settings.ts';
import type { Consumption, EventLog } from '../../core/log/event-log.ts';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { type KafkaNode, startKafkaCluster, type TestCluster } from '../support/kafka-cluster.ts';
import { apiKeys } from '../support/kafka-proxy.ts';
import {
  appendNumbers,
  assertEachOnce,
  countNumbers,
  numbersIn,
  numberTopics,
  waitForCounts,
} from '../support/numbered-log.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const deadline = { timeout: 240_000 };

describe('processing on Kafka while it fails', {
  skip: withoutEngine(),
  concurrency: false,
}, () => {
  let cluster: TestCluster;
  let node: KafkaNode;
  let folder: string;
  /** Appends and reads past the proxy. */
  let log: EventLog;
  /** Processes through it. */
  let worker: EventLog;
  const errors: unknown[] = [];

  before(async () => {
    cluster = await startKafkaCluster(1);
    node = cluster.nodes[0] as KafkaNode;
  });
  after(() => cluster.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-faults-'));
    const topicPrefix = `${crypto.randomUUID().slice(0, 8)}.`;
    const open = (kafka: KafkaSettings, name: string) =>
      openKafkaLog({ kafka: { ...kafka, topicPrefix }, stateFolder: join(folder, name) });
    log = await open(cluster.direct, 'log');
    worker = await open(cluster.proxied, 'worker');
    await log.createTopics(numberTopics());
    errors.length = 0;
  });
  afterEach(async () => {
    await worker.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  function count(maxRecords = 20): Promise<Consumption> {
    return worker.process({
      group: 'counting',
      topics: [numbersIn],
      maxRecords,
      handle: countNumbers,
      onError: (error) => errors.push(error),
    });
  }

  /** Numbers in, a fault at each of several moments, and every effect once. */
  async function eachOnceWhile(fault: () => Promise<unknown>): Promise<void> {
    await count();
    const rounds = 8;
    for (let round = 0; round < rounds; round++) {
      const happened = fault();
      await appendNumbers(log, round * 200, (round + 1) * 200);
      await happened;
    }
    await assertEachOnce(log, rounds * 200);
    assert.ok(errors.length > 0, 'the faults were met');
  }

  test(
    'promise 2: a commit whose answer the network cuts off is unknown, and each effect is there once',
    deadline,
    async () => {
      await eachOnceWhile(() => node.proxy.trap(apiKeys.EndTxn, 'cut'));
    },
  );

  test(
    'promise 2: a transaction that breaks off while it writes is aborted, and each effect is there once',
    deadline,
    async () => {
      await eachOnceWhile(() => node.proxy.trap(apiKeys.Produce, 'cut'));
    },
  );

  test(
    'promise 2: a commit whose answer never comes is unknown, and each effect is there once',
    deadline,
    async () => {
      await count();
      const swallowed = node.proxy.trap(apiKeys.EndTxn, 'swallow');
      await appendNumbers(log, 0, 200);
      await swallowed;
      await waitForCounts(log, 200);
      await appendNumbers(log, 200, 400);
      await waitForCounts(log, 400);
      await assertEachOnce(log, 400);
    },
  );

  test(
    'promises 1 and 2: a broker that is frozen while it processes goes on where it was',
    deadline,
    async () => {
      await appendNumbers(log, 0, 3000);
      await count();
      await waitForCounts(log, 100);
      await node.freeze();
      await until(() => errors.length > 0, 40_000);
      await node.thaw();
      await waitForCounts(log, 3000);
      await appendNumbers(log, 3000, 3200);
      await assertEachOnce(log, 3200);
    },
  );

  test(
    'promises 1 and 2: a broker that is stopped while it processes, and comes back, goes on where it was',
    deadline,
    async () => {
      await appendNumbers(log, 0, 3000);
      await count();
      await waitForCounts(log, 100);
      await node.halt();
      await until(() => errors.length > 0, 40_000);
      await node.resume();
      await waitForCounts(log, 3000);
      await appendNumbers(log, 3000, 3200);
      await assertEachOnce(log, 3200);
    },
  );

  test(
    'promises 1 and 2: a broker that is killed while it processes, and comes back, goes on where it was',
    deadline,
    async () => {
      await appendNumbers(log, 0, 3000);
      await count();
      await waitForCounts(log, 100);
      await node.kill();
      await node.resume();
      await waitForCounts(log, 3000);
      await appendNumbers(log, 3000, 3200);
      await assertEachOnce(log, 3200);
    },
  );
});
