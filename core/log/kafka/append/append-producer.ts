import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSettings } from '../../../config/settings.ts';
import type { Events } from '../../../events.ts';
import { createKafka } from '../client/create-kafka.ts';
import { KafkaCodeError } from '../kafka-errors.ts';
import { KafkaCluster } from '../wire/kafka-cluster.ts';
import {
  appendRequest,
  initProducerIdRequest,
  type NumberedBatch,
  type ProducerId,
} from './append-requests.ts';
import type { PartitionBatch } from './partition-batch.ts';

export interface AppendProducerOptions {
  readonly settings: KafkaSettings;
  readonly events: Events | undefined;
  /** An answer that takes longer counts as lost, and the same request goes again. */
  readonly answerMs: number;
}

const firstPauseMs = 10;
const longestPauseMs = 500;
/** Sequence numbers begin anew after 2^31 - 1. */
const sequences = 2 ** 31;

/** The batch is there already: an earlier attempt's answer was lost. */
const duplicateSequence = 46;
/** The leader moves, replicas are missing, a disk is replaced: the same batch may be taken a moment later. */
const passing = new Set([3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 56, 72, 74, 75, 89]);

/**
 * An idempotent producer that sends one set of batches at a time and repeats it, each batch under the sequence
 * number of its first attempt, until every partition has told that it is written or the time is over. The numbers go
 * on only after that, so no other batch can ever take one that a lost answer left open (kafkajs's own producer lets
 * it, and loses what it has acknowledged: its issue 1005). After a send that was rejected the numbers are not known
 * any more: the producer must be dropped and another made.
 */
export class AppendProducer {
  readonly #options: AppendProducerOptions;
  readonly #sequences = new Map<string, number>();
  #cluster: KafkaCluster | undefined;
  #id: ProducerId | undefined;
  #isDropped = false;

  constructor(options: AppendProducerOptions) {
    this.#options = options;
  }

  /** Resolves when all in-sync replicas have every batch; rejects when the time is over, or at once if none can help. */
  async send(batches: readonly PartitionBatch[], deadlineMs: number): Promise<void> {
    const attempts = this.#attempt(batches, performance.now() + deadlineMs);
    const late = Promise.withResolvers<never>();
    const tooLate = () => late.reject(new Error(`no acknowledgement within ${deadlineMs} ms`));
    const timer = setTimeout(tooLate, deadlineMs);
    try {
      await Promise.race([attempts, late.promise]);
    } finally {
      clearTimeout(timer);
      attempts.catch(() => undefined);
    }
  }

  /** Cuts its connections; what is under way may or may not be written. */
  drop(): void {
    this.#isDropped = true;
    this.#disconnect();
  }

  /** For a producer that sends nothing at present. */
  async close(): Promise<void> {
    await this.#cluster?.close().catch(() => undefined);
    this.drop();
  }

  async #attempt(batches: readonly PartitionBatch[], endMs: number): Promise<void> {
    let open = batches.map((batch) => this.#numbered(batch));
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        open = await this.#sendAll(open);
        if (open.length === 0) return;
      } catch (error) {
        if (isFinal(error) || performance.now() + pauseMs > endMs) throw error;
        // Whatever it was, new connections and new metadata are the way out of it.
        this.#disconnect();
      }
      await sleep(pauseMs);
      if (this.#isDropped) throw new Error('the producer has been dropped');
    }
  }

  #numbered(batch: PartitionBatch): NumberedBatch {
    const { topic, partition } = batch;
    return { topic, partition, batch, firstSequence: this.#sequences.get(placeOf(batch)) ?? 0 };
  }

  /** One request to each leader. Resolves with the batches that must go again. */
  async #sendAll(batches: readonly NumberedBatch[]): Promise<NumberedBatch[]> {
    const cluster = this.#connect();
    const byLeader = new Map<number, NumberedBatch[]>();
    for (const numbered of batches) {
      const leader = await cluster.leaderOf(numbered.topic, numbered.partition);
      const ofLeader = byLeader.get(leader);
      if (ofLeader) ofLeader.push(numbered);
      else byLeader.set(leader, [numbered]);
    }
    const [[someBroker = 0] = []] = byLeader;
    this.#id ??= await initProducerId(cluster, someBroker);
    const id = this.#id;
    const sent = [...byLeader].map(async ([leader, ofLeader]) => {
      const answers = await cluster.send(leader, appendRequest(id, ofLeader));
      const codes = new Map(answers.map((answer) => [placeOf(answer), answer.errorCode]));
      return ofLeader.filter((numbered) => !this.#isWritten(numbered, codes, cluster));
    });
    const outcomes = await Promise.allSettled(sent);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  }

  #isWritten(
    { topic, partition, firstSequence, batch }: NumberedBatch,
    codes: ReadonlyMap<string, number>,
    cluster: KafkaCluster,
  ): boolean {
    const place = placeOf({ topic, partition });
    const code = codes.get(place);
    // An answer that leaves it out says nothing: it goes again under its numbers, and is there once.
    if (code === undefined) return false;
    if (code === 0 || code === duplicateSequence) {
      this.#sequences.set(place, (firstSequence + batch.length) % sequences);
      return true;
    }
    if (!passing.has(code)) throw new KafkaCodeError(code, `${topic}, partition ${partition}`);
    cluster.forgetTopic(topic);
    return false;
  }

  #connect(): KafkaCluster {
    const { settings, events, answerMs } = this.#options;
    this.#cluster ??= new KafkaCluster(
      createKafka(settings, events, { requestTimeoutMs: answerMs }),
    );
    return this.#cluster;
  }

  #disconnect(): void {
    this.#cluster?.sever();
    this.#cluster = undefined;
  }
}

async function initProducerId(cluster: KafkaCluster, broker: number): Promise<ProducerId> {
  const { errorCode, ...id } = await cluster.send(broker, initProducerIdRequest());
  if (errorCode !== 0) throw new KafkaCodeError(errorCode, 'InitProducerId');
  return id;
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

/** No repeat will help. A topic that is unknown may be so new that this broker hasn't heard of it. */
function isFinal(error: unknown): boolean {
  return error instanceof KafkaCodeError && !passing.has(error.code);
}
