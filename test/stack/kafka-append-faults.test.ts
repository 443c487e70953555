import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Kafka } from 'kafkajs';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { isMillraceError } from '../../core/errors.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import { Appender, type AppenderOptions } from '../../core/log/kafka/append/appender.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { startKafkaCluster, type TestCluster } from '../support/kafka-cluster.ts';
import { apiKeys } from '../support/kafka-proxy.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const deadline = { timeout: 180_000 };
const partitions = 3;

describe('appending to Kafka while it fails', { skip: withoutEngine(), concurrency: false }, () => {
  let cluster: TestCluster;
  let kafka: Kafka;
  before(async () => {
    cluster = await startKafkaCluster(1);
    kafka = createKafka(cluster.direct);
  });
  after(() => cluster.stop());

  async function makeTopic(name: string): Promise<string> {
    const admin = kafka.admin();
    const topic = cluster.direct.topicPrefix + name;
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
    await admin.disconnect();
    return topic;
  }

  /** What is in the topic, in order within each partition. */
  async function read(topic: string): Promise<string[]> {
    const admin = kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const consumer = kafka.consumer({ groupId: crypto.randomUUID() });
    const open = new Set(ends.filter(({ high }) => high !== '0').map(({ partition }) => partition));
    const found: string[][] = ends.map(() => []);
    const done = Promise.withResolvers<void>();
    if (open.size === 0) done.resolve();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) found[batch.partition]?.push(`${value}`);
        const end = ends.find(({ partition }) => partition === batch.partition);
        if (BigInt(batch.lastOffset()) + 1n >= BigInt(end?.high ?? 0)) open.delete(batch.partition);
        if (open.size === 0) done.resolve();
      },
    });
    await done.promise;
    await consumer.disconnect();
    return found.flat();
  }

  function openAppender(settings: KafkaSettings, more: Partial<AppenderOptions> = {}): Appender {
    const topics = { find: () => partitions, load: async () => partitions };
    return new Appender({ settings, topics, ...more });
  }

  test(
    'promise 1: a lost produce response loses nothing; kafkajs by itself acknowledges a record that is not there',
    deadline,
    async () => {
      const topic = await makeTopic('lost-answer');
      const producer = createKafka(cluster.proxied, undefined, { requestTimeoutMs: 1000 }).producer(
        {
          idempotent: true,
          maxInFlightRequests: 1,
        },
      );
      await producer.connect();
      const send = (value: string) =>
        producer.send({ topic, messages: [{ key: 'k', value, partition: 0 }] });
      await send('before');
      const swallowed = cluster.nodes[0]?.proxy.trap(apiKeys.Produce, 'swallow');
      await Promise.all(['A', 'B', 'C', 'D'].map(send));
      await swallowed;
      await producer.disconnect();
      const ofKafkajs = await read(topic);
      assert.ok(
        !['before', 'A', 'B', 'C', 'D'].every((value) => ofKafkajs.includes(value)),
        `kafkajs lost none: ${ofKafkajs}`,
      );

      await makeTopic('lost-answer-append');
      const appender = openAppender(cluster.proxied, { answerMs: 1000 });
      const append = (value: string) => appender.append([record('lost-answer-append', 'k', value)]);
      await append('before');
      const trapped = cluster.nodes[0]?.proxy.trap(apiKeys.Produce, 'swallow');
      await Promise.all(['A', 'B', 'C', 'D'].map(append));
      await trapped;
      await append('after');
      await appender.close();
      assert.deepEqual(await read(`${cluster.direct.topicPrefix}lost-answer-append`), [
        'before',
        'A',
        'B',
        'C',
        'D',
        'after',
      ]);
    },
  );

  test(
    'promise 1: a connection that breaks in the place of an answer loses nothing and doubles nothing',
    deadline,
    async () => {
      const topic = await makeTopic('cut');
      const appender = openAppender(cluster.proxied);
      const expected: string[] = [];
      for (let round = 0; round < 20; round++) {
        const cut = cluster.nodes[0]?.proxy.trap(apiKeys.Produce, 'cut');
        const values = Array.from({ length: 50 }, (_, at) => `${round}/${at}`);
        await Promise.all(values.map((value) => appender.append([record('cut', 'k', value)])));
        await cut;
        expected.push(...values);
      }
      await appender.close();
      assert.deepEqual(await read(topic), expected);
    },
  );

  test(
    'an append waits for a broker that is back in time, and every record is there once',
    deadline,
    async () => {
      const topic = await makeTopic('short-outage');
      const appender = openAppender(cluster.direct, { answerMs: 500 });
      await appender.append([record('short-outage', 'k', 'before')]);
      await cluster.nodes[0]?.freeze();
      const values = Array.from({ length: 30 }, (_, at) => `${at}`);
      const appended = values.map((value) => appender.append([record('short-outage', 'k', value)]));
      const early = await Promise.race([Promise.any(appended).then(() => true), after2s(false)]);
      assert.equal(early, false);
      await cluster.nodes[0]?.thaw();
      await Promise.all(appended);
      await appender.close();
      assert.deepEqual(await read(topic), ['before', ...values]);
    },
  );

  test(
    'promise 1: while the broker is away appends are refused in bounded time, and who repeats them in order loses none',
    deadline,
    async () => {
      const topic = await makeTopic('away');
      const appender = openAppender(cluster.direct, { answerMs: 500, deadlineMs: 2000 });
      const sender = new Repeater(appender, 'away');
      await until(() => sender.acknowledged >= 200);
      await cluster.nodes[0]?.halt();
      await until(() => sender.refusals >= 2);
      assert.ok(sender.codes.has('LOG_UNAVAILABLE') && sender.codes.size === 1);
      assert.ok(sender.longestRefusalMs < 5000, `refused after ${sender.longestRefusalMs} ms`);
      await cluster.nodes[0]?.resume();
      const sofar = sender.acknowledged;
      await until(() => sender.acknowledged >= sofar + 200);
      const count = await sender.stop();
      await appender.close();
      assert.deepEqual(firstsByKey(await read(topic)), numbersByKey(count));
    },
  );

  test(
    'promise 1: a broker that is killed and comes back has every acknowledged record, in order per key',
    deadline,
    async () => {
      const topic = await makeTopic('killed');
      const appender = openAppender(cluster.direct, { answerMs: 1000 });
      const sender = new Repeater(appender, 'killed');
      await until(() => sender.acknowledged >= 200);
      await cluster.nodes[0]?.kill();
      await cluster.nodes[0]?.resume();
      const sofar = sender.acknowledged;
      await until(() => sender.acknowledged >= sofar + 200, 40_000);
      const count = await sender.stop();
      await appender.close();
      assert.deepEqual(firstsByKey(await read(topic)), numbersByKey(count));
    },
  );
});

const keys = 7;

function record(topic: string, key: string, value: string): NewRecord {
  return { topic, key, value: Buffer.from(value), timestampMs: Date.now() };
}

function after2s<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), 2000));
}

/** As an ingress does: several appends under way, and when one is refused all from it on are sent again, in order. */
class Repeater {
  acknowledged = 0;
  refusals = 0;
  longestRefusalMs = 0;
  readonly codes = new Set<string>();
  readonly #appender: Appender;
  readonly #topic: string;
  #isStopping = false;
  readonly #ended: Promise<void>;

  constructor(appender: Appender, topic: string) {
    this.#appender = appender;
    this.#topic = topic;
    this.#ended = this.#run();
  }

  /** Resolves with how many numbers were acknowledged. */
  async stop(): Promise<number> {
    this.#isStopping = true;
    await this.#ended;
    return this.acknowledged;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const first = this.acknowledged;
      const startMs = performance.now();
      const appends = Array.from({ length: 5 }, (_, at) => this.#append(first + at * 10));
      const outcomes = await Promise.allSettled(appends);
      const refused = outcomes.findIndex(({ status }) => status === 'rejected');
      this.acknowledged += 10 * (refused < 0 ? outcomes.length : refused);
      if (refused < 0) continue;
      this.refusals++;
      this.longestRefusalMs = Math.max(this.longestRefusalMs, performance.now() - startMs);
      for (const outcome of outcomes) {
        if (outcome.status !== 'rejected') continue;
        const { reason } = outcome;
        this.codes.add(isMillraceError(reason) ? reason.code : String(reason));
      }
    }
  }

  #append(first: number): Promise<void> {
    const numbers = Array.from({ length: 10 }, (_, at) => first + at);
    return this.#appender.append(numbers.map((n) => record(this.#topic, `k/${n % keys}`, `${n}`)));
  }
}

/** Repeats left out: the order in which each key's numbers came first. */
function firstsByKey(values: readonly string[]): number[][] {
  const byKey = Array.from({ length: keys }, (): Set<number> => new Set());
  for (const value of values) byKey[Number(value) % keys]?.add(Number(value));
  return byKey.map((numbers) => [...numbers]);
}

function numbersByKey(count: number): number[][] {
  return Array.from({ length: keys }, (_, key) => {
    const numbers = [];
    for (let number = key; number < count; number += keys) numbers.push(number);
    return numbers;
  });
}
