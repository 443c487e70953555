import { Backoff } from '../../../backoff.ts';
import type { Events } from '../../../events.ts';
import { pause } from '../../../pause.ts';
import { type FetchedPartition, fetchRequest } from '../wire/fetch.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { Feed } from './feed.ts';
import { fetchNow } from './fetch-now.ts';
import { goOnFrom } from './go-on-from.ts';
import { placeOf } from './with-leaders.ts';

/** How long a broker holds a request for which there is nothing: the pace of an idle log. */
const longPollMs = 500;
/** When a feed is full it must be asked for again soon after its reader has taken some. */
const shortPollMs = 5;
const bridgeMs = 15;
const bounds = { maxBytes: 4 * 1024 * 1024, partitionMaxBytes: 1024 * 1024 };
const outOfRange = 1;

export interface PollerParts {
  /** Its fetches are long polls: nobody else may fetch by it. */
  readonly polling: KafkaCluster;
  /** For fetches that are answered at once. */
  readonly asking: KafkaCluster;
  readonly events: Events | undefined;
  /**
   * Requests to a broker begin so long after one another at least, unless there is known to be more: what comes
   * meanwhile shares an answer.
   */
  readonly lingerMs: number;
}

/** Keeps feeds up with the log: one request under way to each broker that leads some of them. */
export class Poller {
  readonly #parts: PollerParts;
  readonly #feeds = new Map<string, Feed>();
  readonly #ending = new AbortController();
  /** Feeds that stand in a request, by broker. */
  readonly #underWay = new Map<number, ReadonlySet<Feed>>();
  readonly #requests = new Set<Promise<void>>();
  readonly #backoff = new Backoff({ firstMs: 50, maxMs: 2000 });
  readonly #polledAtMs = new Map<number, number>();
  /** Topics whose leaders could not be learnt just now. */
  readonly #resting = new Set<string>();
  #turning = false;
  #turnAgain = false;

  constructor(parts: PollerParts) {
    this.#parts = parts;
  }

  /** One feed a partition. */
  add(feed: Feed): void {
    this.#feeds.set(placeOf(feed), feed);
    if (this.#underWay.size > 0) void this.#bridge(feed);
    void this.#turn();
  }

  remove(feed: Feed): void {
    if (this.#feeds.get(placeOf(feed)) === feed) this.#feeds.delete(placeOf(feed));
  }

  /** Resolves when no request is under way any more, which a long poll may take a while for. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#feeds.clear();
    await Promise.all(this.#requests);
  }

  /** Starts a request to each broker that has none under way. */
  async #turn(): Promise<void> {
    this.#turnAgain = this.#turning;
    if (this.#turning || this.#ending.signal.aborted) return;
    this.#turning = true;
    const byLeader = new Map<number, Feed[]>();
    for (const feed of this.#feeds.values()) {
      const leader = await this.#leaderOf(feed);
      if (leader === undefined) continue;
      const ofLeader = byLeader.get(leader) ?? [];
      ofLeader.push(feed);
      byLeader.set(leader, ofLeader);
    }
    this.#turning = false;
    if (this.#ending.signal.aborted) return;
    for (const [nodeId, feeds] of byLeader)
      if (!this.#underWay.has(nodeId)) this.#start(nodeId, feeds);
    if (this.#turnAgain) void this.#turn();
  }

  /** Undefined: not known at present. One topic that is gone doesn't hold up the others. */
  async #leaderOf(feed: Feed): Promise<number | undefined> {
    if (this.#resting.has(feed.topic)) return undefined;
    try {
      return await this.#parts.polling.leaderOf(feed.topic, feed.partition);
    } catch (error) {
      this.#resting.add(feed.topic);
      void this.#failed(error).then(() => {
        this.#resting.delete(feed.topic);
        return this.#turn();
      });
      return undefined;
    }
  }

  #start(nodeId: number, feeds: readonly Feed[]): void {
    const request = this.#poll(nodeId, feeds);
    this.#requests.add(request);
    void request.then(() => this.#requests.delete(request));
  }

  async #poll(nodeId: number, feeds: readonly Feed[]): Promise<void> {
    this.#underWay.set(nodeId, new Set(feeds));
    try {
      await this.#linger(nodeId, feeds);
      const wanting = feeds.filter((feed) => feed.wantsMore);
      this.#underWay.set(nodeId, new Set(wanting));
      if (wanting.length === 0) await pause(shortPollMs, this.#ending.signal);
      else {
        const maxWaitMs = wanting.length < feeds.length ? shortPollMs : longPollMs;
        const request = fetchRequest(wanting.map(positionOf), { ...bounds, maxWaitMs });
        const fetched = await this.#parts.polling.send(nodeId, request);
        if (this.#ending.signal.aborted) return;
        await this.#take(fetched);
        this.#backoff.reset();
      }
    } catch (error) {
      for (const { topic } of feeds) this.#parts.polling.forgetTopic(topic);
      await this.#failed(error);
    } finally {
      this.#underWay.delete(nodeId);
    }
    void this.#turn();
  }

  async #linger(nodeId: number, feeds: readonly Feed[]): Promise<void> {
    const isBehind = feeds.some((feed) => feed.wantsMore && feed.position < feed.endOffset);
    const sinceMs = performance.now() - (this.#polledAtMs.get(nodeId) ?? Number.NEGATIVE_INFINITY);
    const restMs = this.#parts.lingerMs - sinceMs;
    if (restMs > 0 && !isBehind) await pause(restMs, this.#ending.signal);
    this.#polledAtMs.set(nodeId, performance.now());
  }

  async #take(fetched: readonly FetchedPartition[]): Promise<void> {
    const lost: FetchedPartition[] = [];
    let hasMoved = false;
    for (const one of fetched) {
      const feed = this.#feeds.get(placeOf(one));
      // It was sought elsewhere, or fetched by other means, meanwhile.
      if (!feed || feed.position !== one.offset) continue;
      if (one.errorCode === 0) feed.take(one);
      else if (one.errorCode === outOfRange) lost.push(one);
      else {
        this.#parts.polling.forgetTopic(one.topic);
        hasMoved = true;
      }
    }
    if (hasMoved) await pause(this.#backoff.nextMs(), this.#ending.signal);
    if (lost.length === 0) return;
    const { signal } = this.#ending;
    const goOn = await goOnFrom(this.#parts.asking, lost, { signal });
    for (const { topic } of lost) this.#parts.polling.forgetTopic(topic);
    if (signal.aborted) return;
    for (const [index, { offset }] of lost.entries()) {
      const to = goOn[index];
      const feed = to && this.#feeds.get(placeOf(to));
      // It has gone on by other means meanwhile.
      if (!feed || feed.position !== offset || to.offset === offset) continue;
      this.#warnOfLoss(feed, to.offset);
      feed.seek(to.offset);
    }
  }

  /** A new feed doesn't wait for the long poll that began without it. */
  async #bridge(feed: Feed): Promise<void> {
    const { signal } = this.#ending;
    const isWaiting = () =>
      !signal.aborted &&
      this.#feeds.get(placeOf(feed)) === feed &&
      this.#underWay.size > 0 &&
      ![...this.#underWay.values()].some((feeds) => feeds.has(feed));
    while (isWaiting()) {
      try {
        const fetched = await fetchNow(this.#parts.asking, [positionOf(feed)]);
        if (!isWaiting()) return;
        for (const one of fetched) {
          if (one.offset > feed.position) feed.seek(one.offset);
          if (one.offset === feed.position) feed.take(one);
        }
      } catch {
        // The poll tells.
        return;
      }
      await pause(bridgeMs, signal);
    }
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#parts.events?.debug('log.poll-failed', {
      message: 'Kafka could not be read; it is tried again',
      error,
    });
    await pause(this.#backoff.nextMs(), this.#ending.signal);
  }

  #warnOfLoss(feed: Feed | undefined, startOffset: number): void {
    if (!feed || feed.position <= startOffset) return;
    this.#parts.events?.error('log.position-beyond-end', {
      message: `A reader stood at offset ${feed.position} of ${feed.topic}, partition ${feed.partition}, beyond its end: the topic was made anew or a broker lost records. It goes on from the earliest.`,
    });
  }
}

/** Not awaited: connections end when the long poll under way has, or kafkajs takes their end for trouble. */
export function endLater(poller: Poller, cluster: KafkaCluster): void {
  void poller
    .close()
    .then(() => cluster.close())
    .catch(() => undefined);
}

const positionOf = ({ topic, partition, position }: Feed) => ({
  topic,
  partition,
  offset: position,
});
