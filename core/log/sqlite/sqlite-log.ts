import { MillraceError } from '../../errors.ts';
import type {
  ConsumeOptions,
  Consumption,
  EventLog,
  NewRecord,
  ProcessOptions,
  RecordBatch,
  TopicSpec,
} from '../event-log.ts';
import type { Partition } from './catalog.ts';
import { Group, type Member, type Work } from './group.ts';
import type { FolderLock } from './lock-folder.ts';
import { PartitionLoop } from './partition-loop.ts';
import { PartitionReader } from './partition-reader.ts';
import { type ReaderParts, SqliteLogReader } from './sqlite-log-reader.ts';
import type { StateCache } from './state-cache.ts';
import { BatchContext, BatchState } from './step-state.ts';
import { closed, type WriteQueue } from './write-queue.ts';

const defaultBounds = { maxRecords: 2000, maxBytes: 1024 * 1024 };

export interface LogParts extends ReaderParts {
  readonly queue: WriteQueue;
  readonly states: StateCache;
  readonly lock: FolderLock;
  readonly minBatchIntervalMs: number;
  readonly maintenanceIntervalMs: number;
}

type Deliver = (unit: readonly Partition[], batch: RecordBatch) => Promise<void>;
type StartAt = (partition: Partition) => Promise<number | undefined>;

/** The embedded log in the one process that writes it. */
export class SqliteLog extends SqliteLogReader implements EventLog {
  readonly #parts: LogParts;
  readonly #groups = new Map<string, Group>();
  readonly #consumptions = new Set<Consumption>();
  readonly #maintenance: NodeJS.Timeout;
  #maintaining = false;

  constructor(parts: LogParts) {
    super(parts);
    this.#parts = parts;
    this.#maintenance = setInterval(() => void this.#maintain(), parts.maintenanceIntervalMs);
    this.#maintenance.unref();
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
    const units = this.#matching(topics);
    const deliver: Deliver = async (_, batch) => {
      const { topic, partition, nextOffset } = batch;
      const context = new BatchContext((step, version) => {
        const space = states.space(group, partition, step, version);
        return new BatchState(step, space, states, this.client);
      });
      const emits = await handle(batch, context);
      const changed = await context.changed();
      const offsets = [{ group, topic, partition, nextOffset }];
      await queue.commit({ emits, states: changed, offsets });
      for (const state of changed) state.committed();
    };
    return this.#join(options, units, deliver, async () => undefined);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    const { queue } = this.#parts;
    const { group, handle, from, topics } = options;
    const units = new Map<string, Partition[]>();
    for (const partition of this.catalog.partitionsOf(topics))
      units.set(`${partition.topic}#${partition.partition}`, [partition]);
    const deliver: Deliver = async (_, batch) => {
      await handle(batch);
      const { topic, partition, nextOffset } = batch;
      queue.putOffsetLater({ group, topic, partition, nextOffset });
    };
    const startAt: StartAt = async (partition) => from?.(partition.topic, partition.partition);
    return this.#join(options, units, deliver, startAt);
  }

  protected override async end(): Promise<void> {
    clearInterval(this.#maintenance);
    await Promise.all([...this.#consumptions].map((consumption) => consumption.stop()));
    await this.#parts.queue.close();
    await super.end();
    this.#parts.lock.release();
  }

  /** Topics whose partitions of one number are one share. */
  #matching(topics: readonly string[]): Map<string, Partition[]> {
    const counts = topics.map((name) => this.catalog.topic(name).partitions.length);
    if (new Set(counts).size > 1) {
      const there = topics.map((name, index) => `${name} has ${counts[index]}`).join(', ');
      throw new MillraceError(
        'TOPIC_PARTITIONS_DIFFER',
        `Topics that are processed together should have equally many partitions; ${there}. Use the same setting for all of them.`,
      );
    }
    const units = new Map<string, Partition[]>();
    for (let at = 0; at < (counts[0] ?? 0); at++) {
      const unit = topics.map((name) => this.catalog.topic(name).partitions[at] as Partition);
      units.set(`${[...topics].sort().join(',')}#${at}`, unit);
    }
    return units;
  }

  #join(
    options: Omit<ProcessOptions, 'handle'>,
    units: ReadonlyMap<string, readonly Partition[]>,
    deliver: Deliver,
    startAt: StartAt,
  ): Consumption {
    if (this.isClosed) throw closed();
    const name = options.group;
    const group = this.#groups.get(name) ?? new Group();
    this.#groups.set(name, group);
    const start = (unit: string): Work => {
      const partitions = units.get(unit) ?? [];
      return new PartitionLoop({
        bounds: {
          maxRecords: options.maxRecords ?? defaultBounds.maxRecords,
          maxBytes: options.maxBytes ?? defaultBounds.maxBytes,
        },
        minBatchIntervalMs: this.#parts.minBatchIntervalMs,
        open: () => this.#open(name, partitions, startAt),
        deliver: (batch) => deliver(partitions, batch),
        onError: options.onError ?? ((error) => this.#warn(name, error)),
      });
    };
    const member: Member = { units: [...units.keys()], start };
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

  async #open(
    group: string,
    partitions: readonly Partition[],
    startAt: StartAt,
  ): Promise<PartitionReader[]> {
    const committed = await this.committed(group);
    const readers: PartitionReader[] = [];
    for (const partition of partitions) {
      const asked = await startAt(partition);
      const position = asked ?? committed[partition.topic]?.[partition.partition] ?? 0;
      readers.push(new PartitionReader(partition, this.client, position));
    }
    return readers;
  }

  #warn(group: string, error: unknown): void {
    this.events?.warn('log.batch_failed', {
      message: `A batch of group ${group} failed and comes again`,
      error,
    });
  }

  async #maintain(): Promise<void> {
    const { queue } = this.#parts;
    if (this.#maintaining || this.isClosed) return;
    this.#maintaining = true;
    try {
      for (let more = true; more && !this.isClosed; ) {
        const done = await this.client.request('maintain', { nowMs: Date.now() });
        const wasFull = queue.isNearlyFull;
        queue.setRoom(done);
        this.#tellRoom(wasFull);
        for (const [id, start] of done.starts) {
          const partition = this.catalog.partition(id);
          if (partition) partition.startOffset = start;
        }
        more = done.more;
      }
    } catch (error) {
      if (!this.isClosed)
        this.events?.warn('log.upkeep_failed', { message: 'Upkeep of the log failed', error });
    } finally {
      this.#maintaining = false;
    }
  }

  #tellRoom(wasFull: boolean): void {
    const isFull = this.#parts.queue.isNearlyFull;
    if (isFull && !wasFull)
      this.events?.error('log.nearly_full', {
        message: 'The disk is nearly full; appends are refused',
      });
    if (!isFull && wasFull)
      this.events?.info('log.room_again', { message: 'The disk has room again' });
  }
}
