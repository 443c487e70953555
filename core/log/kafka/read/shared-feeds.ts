import { Feed } from './feed.ts';
import type { Poller } from './poller.ts';
import { placeOf, type TopicPartition } from './with-leaders.ts';

/** Newest records of a partition that tails of this process share. */
const maxFeedBytes = 4 * 1024 * 1024;

interface SharedFeed {
  readonly feed: Feed;
  users: number;
}

/** The ends of partitions, followed once for all tails and tables of this process. */
export class SharedFeeds {
  readonly #poller: Poller;
  readonly #shared = new Map<string, SharedFeed>();

  constructor(poller: Poller) {
    this.#poller = poller;
  }

  /** Followed from `endOffset` on, or from where others began. To be given back. */
  use(partition: TopicPartition, endOffset: number): Feed {
    const place = placeOf(partition);
    const there = this.#shared.get(place);
    if (there) {
      there.users++;
      return there.feed;
    }
    const { topic, partition: number } = partition;
    const options = { topic, partition: number, fromOffset: endOffset, maxBytes: maxFeedBytes };
    const feed = new Feed({ ...options, whenFull: 'drop' });
    this.#shared.set(place, { feed, users: 1 });
    this.#poller.add(feed);
    return feed;
  }

  giveBack(feed: Feed): void {
    const place = placeOf(feed);
    const shared = this.#shared.get(place);
    if (shared?.feed !== feed || --shared.users > 0) return;
    this.#shared.delete(place);
    this.#poller.remove(feed);
  }
}
