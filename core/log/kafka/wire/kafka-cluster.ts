import type { Kafka } from 'kafkajs';
import { MillraceError } from '../../../errors.ts';
import { OwnSockets, type PoolBuilder } from '../client/own-sockets.ts';
import { kafkaErrorType, logClosed, toLogError, unknownTopic } from '../kafka-errors.ts';
import type { KafkaBroker, RawCluster } from './kafkajs-shapes.ts';

/** A request of our own making; bodies as https://kafka.apache.org/protocol has them. */
export interface WireRequest<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly body: Buffer;
  readonly decode: (payload: Buffer) => T;
  /** Undefined: the client's own. */
  readonly timeoutMs?: number;
}

type CreateCluster = (options: {
  metadataMaxAge: number;
  allowAutoTopicCreation: boolean;
}) => RawCluster & { readonly connectionPoolBuilder: PoolBuilder };

const createClusterSymbol = 'private:Kafka:createCluster';
type CoordinatorKind = 'group' | 'transaction';
const coordinatorTypes = { group: 0, transaction: 1 } as const;

/**
 * One set of connections: to each broker one for fetches, which a long poll holds up, and one for everything else.
 * A broker answers the requests of a connection one after the other.
 */
export class KafkaCluster {
  readonly #raw: RawCluster;
  readonly #sockets: OwnSockets;
  /** Leaders by partition. */
  readonly #topics = new Map<string, readonly number[]>();
  readonly #coordinators = new Map<string, Promise<KafkaBroker>>();
  #connecting: Promise<void> | undefined;
  #isClosed = false;
  #refreshing: Promise<unknown> = Promise.resolve();

  constructor(kafka: Kafka) {
    const symbol = Object.getOwnPropertySymbols(kafka).find(
      ({ description }) => description === createClusterSymbol,
    );
    const create = symbol && (Reflect.get(kafka, symbol) as CreateCluster);
    if (!create) throw new Error(`This kafkajs has no ${createClusterSymbol}; 2.2.4 was expected.`);
    const raw = create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
    this.#sockets = new OwnSockets(raw.connectionPoolBuilder);
    this.#raw = raw;
  }

  /** Rejects with `TOPIC_UNKNOWN`. */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#leaders(topic)).length;
  }

  /** Undefined: not asked for yet. */
  knownPartitionCount(topic: string): number | undefined {
    return this.#topics.get(topic)?.length;
  }

  async leaderOf(topic: string, partition: number): Promise<number> {
    const leader = (await this.#leaders(topic))[partition];
    if (leader === undefined) throw unknownTopic(`${topic}, partition ${partition}`);
    if (leader < 0) {
      this.forgetTopic(topic);
      throw new MillraceError(
        'LOG_UNAVAILABLE',
        `Partition ${partition} of ${topic} has no leader at present. Check the brokers.`,
      );
    }
    return leader;
  }

  /** Its leaders are asked for anew; after an answer that says they have moved. */
  forgetTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  async broker(nodeId: number): Promise<KafkaBroker> {
    await this.#connect();
    return this.#raw.brokerPool.findBroker({ nodeId });
  }

  async send<T>(nodeId: number, request: WireRequest<T>): Promise<T> {
    return sendTo(await this.broker(nodeId), request);
  }

  /** To any broker: requests that brokers hand on to the one that is meant. */
  async sendToAny<T>(request: WireRequest<T>): Promise<T> {
    await this.#connect();
    return sendTo(await this.#raw.brokerPool.findConnectedBroker(), request);
  }

  coordinator(kind: CoordinatorKind, id: string): Promise<KafkaBroker> {
    const name = `${kind}/${id}`;
    const known = this.#coordinators.get(name);
    if (known) return known;
    const found = this.#connect().then(async () => {
      // It asks a broker of the metadata, of which there may be none yet.
      if (!this.#raw.brokerPool.metadata) await this.#refresh([]);
      return this.#raw.findGroupCoordinator({
        groupId: id,
        coordinatorType: coordinatorTypes[kind],
      });
    });
    this.#coordinators.set(name, found);
    found.catch(() => this.#coordinators.delete(name));
    return found;
  }

  /** After an answer that says the coordinator is another. */
  forgetCoordinator(kind: CoordinatorKind, id: string): void {
    this.#coordinators.delete(`${kind}/${id}`);
  }

  /** Waits for the answers to what was asked; then every socket ends, also of what was asked meanwhile. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#raw.disconnect().finally(() => this.#sockets.end());
  }

  /** Ends every connection at once: what waits for an answer is rejected. */
  sever(): void {
    this.#isClosed = true;
    this.#sockets.end();
  }

  #connect(): Promise<void> {
    if (this.#isClosed) return Promise.reject(logClosed());
    this.#connecting ??= this.#raw.connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #leaders(topic: string): Promise<readonly number[]> {
    const known = this.#topics.get(topic);
    if (known) return known;
    await this.#connect();
    try {
      await this.#refresh([topic]);
    } catch (error) {
      if (kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') throw unknownTopic(topic);
      throw toLogError(error, `asking for the leaders of ${topic}`);
    }
    const found = this.#topics.get(topic);
    if (!found) throw unknownTopic(topic);
    return found;
  }

  /** One at a time: the answer stands in one place of kafkajs's. */
  #refresh(topics: readonly string[]): Promise<void> {
    const refreshed = this.#refreshing.then(async () => {
      await this.#raw.brokerPool.refreshMetadata(topics);
      for (const row of this.#raw.brokerPool.metadata?.topicMetadata ?? []) {
        const leaders: number[] = [];
        for (const { partitionId, leader } of row.partitionMetadata) leaders[partitionId] = leader;
        this.#topics.set(row.topic, leaders);
      }
    });
    this.#refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }
}

export async function sendTo<T>(broker: KafkaBroker, request: WireRequest<T>): Promise<T> {
  const { apiKey, apiVersion, apiName, body, decode, timeoutMs } = request;
  try {
    return (await broker.connectionPool.send({
      request: { apiKey, apiVersion, apiName, encode: async () => ({ buf: body, buffer: body }) },
      // In an object, since kafkajs looks for a throttle time in what was decoded.
      response: {
        decode: async (payload: Buffer) => ({ decoded: decode(payload) }),
        parse: async (answer: { decoded: T }) => answer.decoded,
      },
      requestTimeout: timeoutMs ?? null,
      logResponseError: false,
    })) as T;
  } catch (error) {
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}
