import { isMillraceError } from '../../../errors.ts';
import type { Events } from '../../../events.ts';
import { pause } from '../../../pause.ts';
import { KafkaCodeError, kafkaErrorType } from '../kafka-errors.ts';
import { type FetchedPartition, fetchRequest } from '../wire/fetch.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { Feed } from './feed.ts';
import { fetchNow } from './fetch-now.ts';
import { goOnFrom } from './go-on-from.ts';
import { ReadTroubles } from './read-troubles.ts';
import { placeOf } from './with-leaders.ts';

/** How long a broker holds a request for which there is nothing: the pace of an idle log. */
const longPollMs = 500;
/** When a feed is full it must be asked for again soon after its reader has taken some. */
const shortPollMs = 5;
/** While something is left out for a while, so that it needn't wait for long then. */
const restingPollMs = 100;
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
  readonly #polledAtMs = new Map<number, number>();
  /** Topics whose leaders could not be learnt just now, and places that a broker refused. */
  readonly #resting = new Set<string>();
  readonly #troubles: ReadTroubles;
  #turning = false;
  #turnAgain = false;

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#troubles = new ReadTroubles(parts.events);
  }

  /** One feed a partition. */
  add(feed: Feed): void {
    this.#feeds.set(placeOf(feed), feed);
    if (this.#underWay.size > 0) void this.#bridge(feed);
    void this.#turn();
  }

  remove(feed: Feed): void {
    const place = placeOf(feed);
    if (this.#feeds.get(place) !== feed) return;
    this.#feeds.delete(place);
    this.#troubles.forget(topicWord(feed), place);
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
    // What it led is read elsewhere, or is trouble of its own.
    for (const nodeId of this.#polledAtMs.keys())
      if (!byLeader.has(nodeId)) this.#troubles.forget(`broker ${nodeId}`, '');
    if (this.#turnAgain) void this.#turn();
  }

  /** Undefined: not known at present. One topic that is gone doesn't hold up the others. */
  async #leaderOf(feed: Feed): Promise<number | undefined> {
    if (this.#resting.has(feed.topic) || this.#resting.has(placeOf(feed))) return undefined;
    try {
      return await this.#parts.polling.leaderOf(feed.topic, feed.partition);
    } catch (error) {
      if (!this.#feeds.has(placeOf(feed))) return undefined;
      if (isOfTopic(error)) this.#rest(feed.topic, topicWord(feed), placeOf(feed), error);
      else this.#rest(feed.topic, clusterWord, '', error);
      return undefined;
    }
  }

  /** `name`: the topic or place that is left out for a while. */
  #rest(name: string, what: string, part: string, error: unknown): void {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    this.#resting.add(name);
    void pause(this.#troubles.failed(what, part, error), signal).then(() => {
      this.#resting.delete(name);
      return this.#turn();
    });
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
        const idleMs = this.#resting.size > 0 ? restingPollMs : longPollMs;
        const maxWaitMs = wanting.length < feeds.length ? shortPollMs : idleMs;
        const request = fetchRequest(wanting.map(positionOf), { ...bounds, maxWaitMs });
        const fetched = await this.#parts.polling.send(nodeId, request);
        if (this.#ending.signal.aborted) return;
        this.#troubles.worked(clusterWord, '');
        this.#troubles.worked(`broker ${nodeId}`, '');
        await this.#take(fetched);
      }
    } catch (error) {
      for (const { topic } of feeds) this.#parts.polling.forgetTopic(topic);
      if (this.#ending.signal.aborted) return;
      await pause(this.#troubles.failed(`broker ${nodeId}`, '', error), this.#ending.signal);
    } finally {
      this.#underWay.delete(nodeId);
    }
    void this.#turn();
  }

  async #linger(nodeId: number, feeds: readonly Feed[]): Promise<void> {
    const isBehind = feeds.some((feed) => feed.wantsMore && feed.isBehind);
    const sinceMs = performance.now() - (this.#polledAtMs.get(nodeId) ?? Number.NEGATIVE_INFINITY);
    const restMs = this.#parts.lingerMs - sinceMs;
    if (restMs > 0 && !isBehind) await pause(restMs, this.#ending.signal);
    this.#polledAtMs.set(nodeId, performance.now());
  }

  async #take(fetched: readonly FetchedPartition[]): Promise<void> {
    const lost: FetchedPartition[] = [];
    for (const one of fetched) {
      const feed = this.#feeds.get(placeOf(one));
      // It was sought elsewhere, or fetched by other means, meanwhile.
      if (!feed || feed.position !== one.offset) continue;
      const place = placeOf(one);
      if (one.errorCode === 0) {
        this.#troubles.worked(topicWord(one), place);
        feed.take(one);
      } else if (one.errorCode === outOfRange) lost.push(one);
      else {
        this.#parts.polling.forgetTopic(one.topic);
        this.#rest(place, topicWord(one), place, new KafkaCodeError(one.errorCode, place));
      }
    }
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

const clusterWord = 'cluster';
const topicWord = ({ topic }: { readonly topic: string }) => `topic ${topic}`;

/** What a broker said of the topic; all else is the connections' to all of them. */
function isOfTopic(error: unknown): boolean {
  if (!isMillraceError(error)) return kafkaErrorType(error) !== undefined;
  return error.cause === undefined || kafkaErrorType(error.cause) !== undefined;
}
