import type { Kafka } from 'kafkajs';
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
import type { CommitsTable } from './commits-table.ts';
import { fetchGroupOffsets } from './group/fetch-group-offsets.ts';
import { logClosed, toLogError } from './kafka-errors.ts';
import { listOffsets } from './read/list-offsets.ts';
import { endLater, Poller } from './read/poller.ts';
import { SharedFeeds } from './read/shared-feeds.ts';
import { type TailPosition, tailCuts } from './read/tail-cuts.ts';
import { placeOf, type TopicPartition } from './read/with-leaders.ts';
import type { TopicNames } from './topic-names.ts';
import { KafkaCluster } from './wire/kafka-cluster.ts';

/** The pace of the live feed: so long new records wait for others at most, besides a cut's own interval. */
const tailLingerMs = 10;

export interface ReaderParts {
  readonly kafka: Kafka;
  readonly names: TopicNames;
  readonly asking: KafkaCluster;
  readonly commits: CommitsTable;
  readonly logId: string;
  readonly events: Events | undefined;
}

/** The reading half of the log on Kafka. */
export class KafkaLogReader implements LogReader {
  readonly id: string;
  protected readonly parts: ReaderParts;
  readonly #ending = new AbortController();
  #following: { cluster: KafkaCluster; poller: Poller; feeds: SharedFeeds } | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ReaderParts) {
    this.parts = parts;
    this.id = parts.logId;
  }

  tail(
    topics: readonly string[],
    { from, signal, wholeCommits = false }: TailOptions,
  ): AsyncIterable<Cut> {
    if (this.isClosed) throw logClosed();
    const positions = this.#startOf(topics, from);
    // Whoever never reads the tail must not end the process.
    positions.catch(() => undefined);
    const ends = signal ? AbortSignal.any([signal, this.#ending.signal]) : this.#ending.signal;
    return this.#tail(positions, { signal: ends, wholeCommits });
  }

  async table(topic: string): Promise<LogTable> {
    const { events } = this.parts;
    const table = await followTable({ log: this, topic, ending: this.#ending.signal, events });
    if (!table) throw logClosed();
    return table;
  }

  async ranges(topics: readonly string[]): Promise<readonly PartitionRange[]> {
    const { asking, names } = this.parts;
    const partitions = await this.partitionsOf(topics);
    const [starts, ends] = await Promise.all([
      listOffsets(asking, partitions, 'earliest'),
      listOffsets(asking, partitions, 'stable'),
    ]);
    return partitions.map(({ topic, partition }) => ({
      topic: names.ours(topic),
      partition,
      startOffset: starts.get(placeOf({ topic, partition })) ?? 0,
      endOffset: ends.get(placeOf({ topic, partition })) ?? 0,
    }));
  }

  async committed(group: string): Promise<Offsets> {
    const { asking, commits, names } = this.parts;
    const offsets: Record<string, Record<number, number>> = {};
    const put = (topic: string, partition: number, nextOffset: number) => {
      const ofTopic = offsets[topic] ?? {};
      ofTopic[partition] = nextOffset;
      offsets[topic] = ofTopic;
    };
    try {
      await commits.readToEnd();
      const processed = commits.of(group);
      for (const { partition, input } of processed)
        for (const [topic, nextOffset] of Object.entries(input)) put(topic, partition, nextOffset);
      if (processed.length > 0) return offsets;
      for (const row of await fetchGroupOffsets(asking, names.group(group)))
        put(names.ours(row.topic), row.partition, row.nextOffset);
      return offsets;
    } catch (error) {
      throw toLogError(error, `asking for the offsets of group ${group}`);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.end();
    return this.#closing;
  }

  protected get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  protected async partitionsOf(topics: readonly string[]): Promise<TopicPartition[]> {
    const partitions: TopicPartition[] = [];
    for (const name of topics) {
      const topic = this.parts.names.onCluster(name);
      const count = await this.parts.asking.partitionCount(topic);
      for (let partition = 0; partition < count; partition++) partitions.push({ topic, partition });
    }
    return partitions;
  }

  protected async end(): Promise<void> {
    this.#ending.abort();
    if (this.#following) endLater(this.#following.poller, this.#following.cluster);
    await this.parts.asking.close();
  }

  #feeds(): SharedFeeds {
    if (!this.#following) {
      const { asking, events, kafka } = this.parts;
      const cluster = new KafkaCluster(kafka);
      const poller = new Poller({ polling: cluster, asking, events, lingerMs: tailLingerMs });
      this.#following = { cluster, poller, feeds: new SharedFeeds(poller) };
    }
    return this.#following.feeds;
  }

  async *#tail(
    positions: Promise<readonly TailPosition[]>,
    options: { readonly signal: AbortSignal; readonly wholeCommits: boolean },
  ): AsyncGenerator<Cut, void, undefined> {
    const { asking, commits, names } = this.parts;
    try {
      const parts = { asking, commits, names, feeds: this.#feeds() };
      yield* tailCuts(parts, await positions, options);
    } catch (error) {
      if (!options.signal.aborted) throw error;
    }
  }

  async #startOf(topics: readonly string[], from: TailFrom): Promise<TailPosition[]> {
    const { asking, names } = this.parts;
    const partitions = await this.partitionsOf(topics);
    const isTime = typeof from === 'object' && 'timeMs' in from;
    const [ends, found] = await Promise.all([
      listOffsets(asking, partitions, 'stable'),
      from === 'latest' ? undefined : listOffsets(asking, partitions, isTime ? from : 'earliest'),
    ]);
    return partitions.map(({ topic, partition }) => {
      const place = placeOf({ topic, partition });
      const firstEnd = ends.get(place) ?? 0;
      const at = found?.get(place) ?? firstEnd;
      const asked =
        typeof from === 'object' && 'offsets' in from
          ? (from.offsets[names.ours(topic)]?.[partition] ?? 0)
          : 0;
      // All are older than the time that was asked for.
      const offset = at < 0 ? firstEnd : Math.max(at, asked);
      return { topic, partition, offset, firstEnd };
    });
  }
}
