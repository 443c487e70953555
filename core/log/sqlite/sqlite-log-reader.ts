import { isMillraceError, type MillraceError } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type {
  Cut,
  LogReader,
  LogTable,
  Offsets,
  PartitionRange,
  TailFrom,
  TailOptions,
} from '../event-log.ts';
import { followTable } from '../follow-table.ts';
import type { Catalog, Partition } from './catalog.ts';
import { type TailParts, tailCuts } from './tail-cuts.ts';
import type { WorkerClient } from './worker-client.ts';
import { closed } from './write-queue.ts';

export interface ReaderParts extends TailParts {
  readonly logId: string;
  readonly events: Events | undefined;
}

/** The reading half of the embedded log: the same in the process that writes and in others. */
export class SqliteLogReader implements LogReader {
  readonly id: string;
  protected readonly client: WorkerClient;
  protected readonly catalog: Catalog;
  protected readonly events: Events | undefined;
  readonly #parts: ReaderParts;
  readonly #ending = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.id = parts.logId;
    this.client = parts.client;
    this.catalog = parts.catalog;
    this.events = parts.events;
  }

  tail(topics: readonly string[], options: TailOptions): AsyncIterable<Cut> {
    if (this.isClosed) throw closed();
    const partitions = this.catalog.partitionsOf(topics);
    const positions = this.#startOf(partitions, options.from);
    const { signal } = options;
    const ends = signal ? AbortSignal.any([signal, this.#ending.signal]) : this.#ending.signal;
    return this.#tail(positions, ends);
  }

  async table(topic: string): Promise<LogTable> {
    const { signal: ending } = this.#ending;
    const table = await followTable({ log: this, topic, ending, events: this.events });
    if (!table) throw closed();
    return table;
  }

  async ranges(topics: readonly string[]): Promise<readonly PartitionRange[]> {
    return this.catalog.partitionsOf(topics).map((partition) => partition.range());
  }

  async committed(group: string): Promise<Offsets> {
    const offsets: Record<string, Record<number, number>> = {};
    for (const { topic, partition, nextOffset } of await this.client.request('committed', group)) {
      const ofTopic = offsets[topic] ?? {};
      ofTopic[partition] = nextOffset;
      offsets[topic] = ofTopic;
    }
    return offsets;
  }

  close(): Promise<void> {
    this.#closing ??= this.end();
    return this.#closing;
  }

  /** The thread is gone: tails end with this error, instead of waiting for what never comes. */
  lose(error: MillraceError): void {
    this.#ending.abort(error);
  }

  protected get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  protected async end(): Promise<void> {
    this.#ending.abort();
    await this.client.close();
  }

  async *#tail(
    positions: Promise<Map<Partition, number>>,
    signal: AbortSignal,
  ): AsyncGenerator<Cut, void, undefined> {
    try {
      yield* tailCuts(this.#parts, await positions, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    const { reason } = this.#ending.signal;
    if (isMillraceError(reason)) throw reason;
  }

  /** What can be known now is taken now: `latest` is the end at the time of the call. */
  #startOf(partitions: readonly Partition[], from: TailFrom): Promise<Map<Partition, number>> {
    if (typeof from === 'object' && 'timeMs' in from) {
      const positions = this.#startAt(partitions, from.timeMs);
      // Whoever never reads the tail must not end the process.
      positions.catch(() => undefined);
      return positions;
    }
    const start = (partition: Partition): number => {
      if (from === 'latest') return partition.endOffset;
      if (from === 'earliest') return partition.startOffset;
      const asked = from.offsets[partition.topic]?.[partition.partition] ?? 0;
      return Math.max(asked, partition.startOffset);
    };
    return Promise.resolve(new Map(partitions.map((partition) => [partition, start(partition)])));
  }

  async #startAt(
    partitions: readonly Partition[],
    timeMs: number,
  ): Promise<Map<Partition, number>> {
    const positions = new Map<Partition, number>();
    for (const partition of partitions) {
      const end = partition.endOffset;
      const found = await this.client.request('offsetAt', { partitionId: partition.id, timeMs });
      positions.set(partition, found ?? end);
    }
    return positions;
  }
}
