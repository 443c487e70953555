import { MillraceError } from '../../../errors.ts';
import { pause } from '../../../pause.ts';
import { kafkaErrorType } from '../kafka-errors.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { KafkaBroker, ProducerIdentity } from '../wire/kafkajs-shapes.ts';
import { type OutBatch, type OutRecord, produceRequest } from '../wire/produce.ts';
import { recordOverheadBytes } from '../wire/record-batch.ts';

/** A killed owner's open transaction holds readers back for so long. */
const transactionTimeoutMs = 10_000;
/** Of the last transaction the broker is still writing markers: it says so for a few ms. */
const notYetPauseMs = 2;
const initWithinMs = 30_000;
const produceTimeoutMs = 8000;
/** A batch stays below the topic's `max.message.bytes`. */
const maxBatchBytes = 900_000;
const never = new AbortController().signal;

const notYetTypes = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS']);
const movedTypes = new Set([
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

/** Records for one partition. */
export interface OutRecords extends TopicPartition {
  readonly records: readonly OutRecord[];
}

/**
 * The transactions of one transactional id. Nothing is tried again once something was
 * produced: a request whose answer is lost, tried again by a client that counts its sequences anew, is how kafkajs
 * loses acknowledged records (its issue 1005). After any rejection only `init` helps: it fences, and ends what was open.
 */
export class TransactionalProducer {
  readonly transactionalId: string;
  readonly #cluster: KafkaCluster;
  readonly #sequences = new Map<string, number>();
  #identity: ProducerIdentity | undefined;

  constructor(cluster: KafkaCluster, transactionalId: string) {
    this.#cluster = cluster;
    this.transactionalId = transactionalId;
  }

  get producerId(): number {
    return Number(this.#identity?.producerId ?? -1);
  }

  /**
   * Fences whoever had the id. Resolves when the last transaction of the id is decided in all its partitions.
   * `withinMs` bounds the wait, since a stop must not hang on a cluster that is away.
   */
  async init(withinMs = initWithinMs): Promise<void> {
    const ask = {
      transactionalId: this.transactionalId,
      transactionTimeout: transactionTimeoutMs,
    };
    this.#identity = undefined;
    const { producerId, producerEpoch } = await this.#asking(withinMs, (broker) =>
      broker.initProducerId(ask),
    );
    this.#sequences.clear();
    this.#identity = { transactionalId: this.transactionalId, producerId, producerEpoch };
  }

  /** Begins a transaction that may write to these partitions. */
  async begin(places: readonly TopicPartition[]): Promise<void> {
    const identity = this.#mine();
    const byTopic = Map.groupBy(places, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, rows]) => ({
      topic,
      partitions: rows.map(({ partition }) => partition),
    }));
    await this.#asking(initWithinMs, (broker) =>
      broker.addPartitionsToTxn({ ...identity, topics }),
    );
  }

  /** Resolves with the offset after the last record of each partition. */
  async send(out: readonly OutRecords[]): Promise<(TopicPartition & { nextOffset: number })[]> {
    const ends = new Map<string, TopicPartition & { nextOffset: number }>();
    for (const round of roundsOf(out)) {
      for (const end of await this.#sendRound(round)) ends.set(placeOf(end), end);
    }
    return [...ends.values()];
  }

  /** Resolves when it is decided; readers of committed records see it some ms later. */
  async commit(): Promise<void> {
    const identity = this.#mine();
    const broker = await this.#cluster.coordinator('transaction', this.transactionalId);
    await broker.endTxn({ ...identity, transactionResult: true });
  }

  async #sendRound(round: readonly OutRecords[]) {
    const identity = this.#mine();
    const byLeader = new Map<number, OutBatch[]>();
    for (const { topic, partition, records } of round) {
      const leader = await this.#cluster.leaderOf(topic, partition);
      const place = placeOf({ topic, partition });
      const firstSequence = this.#sequences.get(place) ?? 0;
      // Sequences are of 31 bits and go round.
      this.#sequences.set(place, (firstSequence + records.length) % 2 ** 31);
      const batches = byLeader.get(leader) ?? [];
      batches.push({ topic, partition, records, firstSequence });
      byLeader.set(leader, batches);
    }
    const sent = [...byLeader].map(async ([nodeId, batches]) => {
      const request = produceRequest(identity, batches, produceTimeoutMs);
      const counts = new Map(batches.map((batch) => [placeOf(batch), batch.records.length]));
      const produced = await this.#cluster.send(nodeId, request).catch((error: unknown) => {
        for (const { topic } of batches) this.#cluster.forgetTopic(topic);
        throw error;
      });
      return produced.map(({ topic, partition, baseOffset }) => {
        const count = counts.get(placeOf({ topic, partition })) ?? 0;
        return { topic, partition, nextOffset: baseOffset + count };
      });
    });
    return (await Promise.all(sent)).flat();
  }

  #mine(): ProducerIdentity {
    if (!this.#identity) throw new Error(`${this.transactionalId} has not been initialised.`);
    return this.#identity;
  }

  /** Asks the coordinator, and again while it is busy with the last transaction or has moved. */
  async #asking<T>(withinMs: number, ask: (broker: KafkaBroker) => Promise<T>): Promise<T> {
    const giveUpAtMs = performance.now() + withinMs;
    for (;;) {
      try {
        return await ask(await this.#cluster.coordinator('transaction', this.transactionalId));
      } catch (error) {
        const type = kafkaErrorType(error) ?? '';
        const isNotYet = notYetTypes.has(type);
        if (!isNotYet) this.#cluster.forgetCoordinator('transaction', this.transactionalId);
        if (!isNotYet && !movedTypes.has(type)) throw error;
        if (performance.now() > giveUpAtMs)
          throw new MillraceError(
            'LOG_UNAVAILABLE',
            `Kafka's coordinator of ${this.transactionalId} is not ready. Check the brokers.`,
            { cause: error },
          );
        await pause(isNotYet ? notYetPauseMs : 50, never);
      }
    }
  }
}

/** One batch a partition and request: what is larger than a batch may be goes in further rounds, in order. */
function roundsOf(out: readonly OutRecords[]): OutRecords[][] {
  const rounds: OutRecords[][] = [];
  for (const { topic, partition, records } of out) {
    for (const [index, part] of inBatches(records).entries()) {
      const round = rounds[index] ?? [];
      rounds[index] = round;
      round.push({ topic, partition, records: part });
    }
  }
  return rounds;
}

function inBatches(records: readonly OutRecord[]): (readonly OutRecord[])[] {
  const batches: OutRecord[][] = [];
  let batch: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const recordBytes = recordOverheadBytes + record.key.length * 3 + (record.value?.length ?? 0);
    if (batch.length > 0 && bytes + recordBytes > maxBatchBytes) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += recordBytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
