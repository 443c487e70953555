import { randomUUID } from 'node:crypto';
import type {
  ConsumeOptions,
  Consumption,
  EventLog,
  NewRecord,
  ProcessOptions,
  TopicSpec,
} from '../event-log.ts';
import { type OnPassed, sayPassed } from '../records-passed.ts';
import { StateCache } from '../state/state-cache.ts';
import type { Appender } from './append/appender.ts';
import { matchingShares, singleShares } from './group/shares.ts';
import { logClosed } from './kafka-errors.ts';
import { KafkaLogReader, type ReaderParts } from './kafka-log-reader.ts';
import { CommitLane } from './process/commit-lane.ts';
import { ConsumePartition } from './process/consume-partition.ts';
import { GroupConsumption, type GroupConsumptionOptions } from './process/group-consumption.ts';
import { PartitionLoop } from './process/partition-loop.ts';
import { ProcessPartition, type ProcessPartitionParts } from './process/process-partition.ts';
import { TransactionalProducer } from './process/transactional-producer.ts';
import type { Poller } from './read/poller.ts';
import type { TopicPartition } from './read/with-leaders.ts';
import { openStateFile } from './state/open-state-file.ts';
import { PartitionState } from './state/partition-state.ts';
import type { StateFile } from './state/state-file.ts';
import type { KafkaTopics } from './topics/kafka-topics.ts';
import { KafkaCluster } from './wire/kafka-cluster.ts';

const defaultBounds = { maxRecords: 2000, maxBytes: 1024 * 1024 };
const defaultLingerMs = 10;
/** Of the linger: what was fetched together is committed together, if it is handled within that. */
const gatherShare = 0.25;
const stateLimits = { maxEntries: 200_000, maxBytes: 48 * 1024 * 1024 };
const consumeCommitIntervalMs = 1000;
/** The group's own offsets are for people and tools only. */
const processCommitIntervalMs = 5000;

export interface LogParts extends ReaderParts {
  readonly topics: KafkaTopics;
  readonly appender: Appender;
  readonly stateFolder: string;
}

type GroupOptions = Omit<ProcessOptions, 'handle'>;

/** The log on Kafka, in one of any number of processes. */
export class KafkaLog extends KafkaLogReader implements EventLog {
  readonly #parts: LogParts;
  readonly #consumptions = new Set<Consumption>();
  /** By use: a broker answers the requests of one connection one after the other. */
  readonly #writing = new Map<string, KafkaCluster>();
  #states: { file: StateFile; cache: StateCache } | undefined;

  constructor(parts: LogParts) {
    super(parts);
    this.#parts = parts;
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    if (this.isClosed) throw logClosed();
    const { names, topics } = this.#parts;
    await topics.create(specs.map((spec) => ({ ...spec, name: names.onCluster(spec.name) })));
  }

  append(records: readonly NewRecord[]): Promise<void> {
    return this.#parts.appender.append(records);
  }

  async process(options: ProcessOptions): Promise<Consumption> {
    const { asking, names } = this.#parts;
    if (this.isClosed) throw logClosed();
    const topics = options.topics.map((topic) => names.onCluster(topic));
    const sharesOf = (of: readonly string[]) => matchingShares(asking, of);
    const shares = await sharesOf(topics);
    await this.#makeChangelog(options.group, shares.size);
    const lane = this.#lanes(options);
    const consumption: GroupConsumption = this.#consumption(options, {
      ...{ topics, sharesOf, commitIntervalMs: processCommitIntervalMs },
      startLoop: ([first], poller) => {
        const partition = this.#processPartition(options, {
          partition: first?.partition ?? 0,
          lane,
          onCommitted: (batch) =>
            consumption.noteOffset({ ...batch, topic: names.onCluster(batch.topic) }),
        });
        return this.#loop(options, poller, partition);
      },
    });
    return this.#keep(consumption);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const { asking, names } = this.#parts;
    if (this.isClosed) throw logClosed();
    const topics = options.topics.map((topic) => names.onCluster(topic));
    const sharesOf = (of: readonly string[]) => singleShares(asking, of);
    await sharesOf(topics);
    const consumption: GroupConsumption = this.#consumption(options, {
      ...{ topics, sharesOf, commitIntervalMs: consumeCommitIntervalMs },
      startLoop: (places, poller) => {
        const partition = new ConsumePartition({
          ...{ asking, names, places, options },
          onHandled: (batch) =>
            consumption.noteOffset({ ...batch, topic: names.onCluster(batch.topic) }),
          onPassed: this.#sayPassed(options.group),
        });
        return this.#loop(options, poller, partition);
      },
    });
    return this.#keep(consumption);
  }

  protected override async end(): Promise<void> {
    await Promise.all([...this.#consumptions].map((consumption) => consumption.stop()));
    await this.#parts.appender.close();
    await Promise.all([...this.#writing.values()].map((cluster) => cluster.close()));
    await super.end();
    this.#states?.file.close();
  }

  #consumption(
    { group, lingerMs = defaultLingerMs }: GroupOptions,
    more: Omit<GroupConsumptionOptions, 'kafka' | 'asking' | 'groupId' | 'events' | 'lingerMs'>,
  ): GroupConsumption {
    if (this.isClosed) throw logClosed();
    const { asking, events, kafka, names } = this.#parts;
    return new GroupConsumption({
      ...{ kafka, asking, events, lingerMs, groupId: names.group(group) },
      ...more,
    });
  }

  #keep(consumption: Consumption): Consumption {
    const kept = {
      stop: async () => {
        await consumption.stop();
        this.#consumptions.delete(kept);
      },
    };
    this.#consumptions.add(kept);
    return kept;
  }

  #loop(
    options: GroupOptions,
    poller: Poller,
    partition: ProcessPartition | ConsumePartition,
  ): PartitionLoop {
    const { maxRecords = defaultBounds.maxRecords, maxBytes = defaultBounds.maxBytes } = options;
    return new PartitionLoop({
      poller,
      bounds: { maxRecords, maxBytes },
      open: () => partition.open(),
      deliver: (batch) => partition.deliver(batch),
      close: () => partition.close(),
      onError: options.onError ?? ((error) => this.#warn(options.group, error)),
    });
  }

  /** The lane of those partitions that one member opens together; another one after it is retired or has failed. */
  #lanes({ group, lingerMs = defaultLingerMs }: GroupOptions): () => CommitLane {
    const { names } = this.#parts;
    const cluster = this.#writer(`lane of ${group}`);
    const gatherMs = lingerMs * gatherShare;
    let lane: CommitLane | undefined;
    return () => {
      if (lane && !lane.isRetired) return lane;
      const producer = new TransactionalProducer(
        cluster,
        `${names.group(group)}-lane-${randomUUID()}`,
      );
      lane = new CommitLane({ group, producer, names, gatherMs });
      return lane;
    };
  }

  #processPartition(
    { group, handle, topics }: ProcessOptions,
    own: Pick<ProcessPartitionParts, 'partition' | 'lane' | 'onCommitted'>,
  ): ProcessPartition {
    const { asking, commits, logId, names, stateFolder } = this.#parts;
    this.#states ??= openStates(stateFolder);
    const { partition } = own;
    const changelog: TopicPartition = { topic: names.changelog(group), partition };
    const state = new PartitionState({
      ...{ asking, partition, changelog, ...this.#states },
      group: `${logId}/${group}`,
    });
    const cluster = this.#writer('claims');
    const claim = new TransactionalProducer(cluster, `${names.group(group)}-${partition}`);
    const fence = (transactionalId: string) =>
      new TransactionalProducer(cluster, transactionalId).init();
    return new ProcessPartition({
      ...{ group, topics, handle, names, asking, commits, claim, fence, state, changelog },
      ...own,
      onPassed: this.#sayPassed(group),
    });
  }

  #writer(use: string): KafkaCluster {
    const there = this.#writing.get(use);
    if (there) return there;
    const cluster = new KafkaCluster(this.#parts.kafka);
    this.#writing.set(use, cluster);
    return cluster;
  }

  async #makeChangelog(group: string, partitions: number): Promise<void> {
    const { names, topics } = this.#parts;
    const name = names.changelog(group);
    await topics.create([
      { name, partitions, cleanup: 'compact', retentionMs: null, retentionBytes: null },
    ]);
  }

  #sayPassed(group: string): OnPassed {
    return (passed) => sayPassed(this.#parts.events, group, passed);
  }

  #warn(group: string, error: unknown): void {
    this.#parts.events?.warn('log.batch-failed', {
      message: `A batch of group ${group} failed and comes again`,
      error,
    });
  }
}

function openStates(folder: string): { file: StateFile; cache: StateCache } {
  const file = openStateFile(folder);
  return { file, cache: new StateCache(file, stateLimits) };
}
