import type {
  ConsumeOptions,
  Consumption,
  EventLog,
  NewRecord,
  ProcessOptions,
  RecordBatch,
  TopicSpec,
} from '../event-log.ts';
import { type PassedRecords, sayPassed } from '../records-passed.ts';
import { startOffset } from '../start-offset.ts';
import type { StateCache } from '../state/state-cache.ts';
import { BatchContext, BatchState } from '../state/step-state.ts';
import type { Partition } from './catalog.ts';
import { Group, type Member, type Work } from './group.ts';
import type { FolderLock } from './lock-folder.ts';
import { PartitionLoop } from './partition-loop.ts';
import { PartitionReader } from './partition-reader.ts';
import { matchingShares, type Shares, singleShares } from './shares.ts';
import { type ReaderParts, SqliteLogReader } from './sqlite-log-reader.ts';
import { UpkeepTimer } from './upkeep-timer.ts';
import { closed, type WriteQueue } from './write-queue.ts';

const defaultBounds = { maxRecords: 2000, maxBytes: 1024 * 1024 };

export interface LogParts extends ReaderParts {
  readonly queue: WriteQueue;
  readonly states: StateCache;
  readonly lock: FolderLock;
  readonly minBatchIntervalMs: number;
  readonly maintenanceIntervalMs: number;
}

type Deliver = (batch: RecordBatch) => Promise<void>;
type StartAt = (partition: Partition) => Promise<number | undefined>;

interface Part {
  readonly shares: Shares;
  readonly deliver: Deliver;
  readonly startAt: StartAt;
}

/** The embedded log in the one process that writes it. */
export class SqliteLog extends SqliteLogReader implements EventLog {
  readonly #parts: LogParts;
  readonly #groups = new Map<string, Group>();
  readonly #consumptions = new Set<Consumption>();
  readonly #upkeep: UpkeepTimer;

  constructor(parts: LogParts) {
    super(parts);
    this.#parts = parts;
    this.#upkeep = new UpkeepTimer(parts, parts.maintenanceIntervalMs);
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    if (this.isClosed) throw closed();
    this.catalog.update(await this.client.request('createTopics', specs));
  }

  append(records: readonly NewRecord[]): Promise<void> {
    return this.#parts.queue.append(records);
  }

  async process(options: ProcessOptions): Promise<Consumption> {
    const { queue, states } = this.#parts;
    const { group, handle, topics } = options;
    const shares = matchingShares(this.catalog, topics);
    const deliver: Deliver = async (batch) => {
      const { topic, partition, nextOffset } = batch;
      const context = new BatchContext((step, version) => {
        const space = states.space(group, partition, step, version);
        return new BatchState(step, space, states);
      });
      const emits = await handle(batch, context);
      const changed = await context.changed();
      const offsets = [{ group, topic, partition, nextOffset }];
      await queue.commit({ emits, states: changed, offsets });
      for (const state of changed) state.committed();
    };
    return this.#join(options, { shares, deliver, startAt: async () => undefined });
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const { queue } = this.#parts;
    const { group, handle, from, topics } = options;
    const shares = singleShares(this.catalog, topics);
    const deliver: Deliver = async (batch) => {
      await handle(batch);
      const { topic, partition, nextOffset } = batch;
      // ACK: the consumer has secured the batch; the group's offset moves on.
      queue.putOffsetLater({ group, topic, partition, nextOffset });
    };
    const startAt: StartAt = async (partition) => from?.(partition.topic, partition.partition);
    return this.#join(options, { shares, deliver, startAt });
  }

  protected override async end(): Promise<void> {
    this.#upkeep.stop();
    await Promise.all([...this.#consumptions].map((consumption) => consumption.stop()));
    await this.#parts.queue.close();
    await super.end();
    this.#parts.lock.release();
  }

  #join(options: Omit<ProcessOptions, 'handle'>, part: Part): Consumption {
    if (this.isClosed) throw closed();
    const name = options.group;
    const group = this.#groups.get(name) ?? new Group(name);
    this.#groups.set(name, group);
    const start = (share: string): Work => {
      const loop = this.#loop(options, part, share);
      return {
        stop: async () => {
          await loop.stop();
          // Whoever takes over reads them.
          await this.#parts.queue.flushOffsets();
        },
      };
    };
    const member: Member = { topics: options.topics, shares: [...part.shares.keys()], start };
    group.join(member);
    const consumption: Consumption = {
      stop: async () => {
        await group.leave(member);
        this.#consumptions.delete(consumption);
      },
    };
    this.#consumptions.add(consumption);
    return consumption;
  }

  #loop(options: Omit<ProcessOptions, 'handle'>, part: Part, share: string): PartitionLoop {
    const { maxRecords = defaultBounds.maxRecords, maxBytes = defaultBounds.maxBytes } = options;
    const partitions = part.shares.get(share) ?? [];
    return new PartitionLoop({
      bounds: { maxRecords, maxBytes },
      minBatchIntervalMs: options.lingerMs ?? this.#parts.minBatchIntervalMs,
      open: () => this.#open(options.group, partitions, part.startAt),
      deliver: part.deliver,
      onError: options.onError ?? ((error) => this.#warn(options.group, error)),
    });
  }

  async #open(
    group: string,
    partitions: readonly Partition[],
    startAt: StartAt,
  ): Promise<PartitionReader[]> {
    const committed = await this.committed(group);
    const onPassed = (passed: PassedRecords) => sayPassed(this.events, group, passed);
    const readers: PartitionReader[] = [];
    for (const partition of partitions) {
      const asked = await startAt(partition);
      const position =
        asked === undefined
          ? (committed[partition.topic]?.[partition.partition] ?? 0)
          : startOffset(asked, partition);
      readers.push(new PartitionReader(partition, this.client, { position, onPassed }));
    }
    return readers;
  }

  #warn(group: string, error: unknown): void {
    this.events?.warn('log.batch-failed', {
      message: `A batch of group ${group} failed and comes again`,
      error,
    });
  }
}
