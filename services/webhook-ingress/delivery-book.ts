import { hash } from 'node:crypto';
import { Backoff } from '../../core/backoff.ts';
import type { Events } from '../../core/events.ts';
import type { Cut, EventLog, NewRecord, Offsets, TailFrom } from '../../core/log/event-log.ts';
import { pause } from '../../core/pause.ts';
import { RepeatedNotice } from '../../core/repeated-notice.ts';
import { deliveriesTopic } from '../../core/topics.ts';
import type { DeliveryDb, DeliveryEntry, KnownDelivery } from './delivery-db.ts';
import { LogSlow, maxLogWaitMs } from './log-slow.ts';

export interface DeliveryBookOptions {
  readonly log: EventLog;
  readonly db: DeliveryDb;
  readonly events: Events;
  /** Microseconds since 1970. */
  readonly now: () => number;
  /** How long deliveries are known. */
  readonly keptMs: number;
}

const retryMs = { firstMs: 50, maxMs: 5000 };
const forgetEveryMs = 10_000;
/** While there is more to forget: a pause between two pieces, so that deliveries have their turn. */
const forgetMoreAfterMs = 50;
/** What is done is told to the other replicas so much later, together. */
const tellDoneAfterMs = 20;
/** Of deliveries done here that the topic has not brought back yet; past it they are put into the file. */
const maxUntold = 20_000;
const maxKeyCharacters = 300;

/**
 * Which deliveries have come, known to every replica: `deliveries.v1`, followed into a file of this replica's.
 *
 * `begun` says when a delivery came for the first time: the first such entry of the topic counts, so that two replicas,
 * or one before and after a crash, give what it became the same time. `done` says that all of it is durable.
 */
export class DeliveryBook {
  readonly #options: DeliveryBookOptions;
  readonly #notice: RepeatedNotice;
  readonly #ending = new AbortController();
  readonly #caughtUp = Promise.withResolvers<void>();
  /** Who waits for the topic to bring an entry of a key. */
  readonly #waiting = new Map<string, { resolve(): void }>();
  /** Done here, and not yet brought by the topic. */
  readonly #done = new Map<string, KnownDelivery>();
  #untold: NewRecord[] = [];
  #telling = Promise.resolve();
  #tellTimer: NodeJS.Timeout | undefined;
  #forgetTimer: NodeJS.Timeout | undefined;
  #following: Promise<void> | undefined;

  constructor(options: DeliveryBookOptions) {
    this.#options = options;
    this.#notice = new RepeatedNotice(options.now);
  }

  /** Resolves when all that the topic held is known. Never rejects: it is tried until it is so, or closed. */
  async open(): Promise<void> {
    const { log, db } = this.#options;
    const offsets = db.offsets(log.id);
    if (!offsets) db.reset();
    this.#following = this.#follow(offsets);
    await this.#caughtUp.promise;
    this.#forgetAfter(forgetMoreAfterMs);
  }

  find(key: string): KnownDelivery | undefined {
    return this.#done.get(key) ?? this.#options.db.find(key);
  }

  /**
   * Resolves, when every replica would say so, with the time at which the delivery came for the first time. Rejects when
   * the log doesn't take it, or doesn't bring it back in time. One at a time of a key.
   */
  async begin(key: string, receivedAt: number): Promise<number> {
    const seen = Promise.withResolvers<void>();
    this.#waiting.set(key, seen);
    const timer = setTimeout(() => seen.reject(new LogSlow()), maxLogWaitMs);
    try {
      const appended = this.#options.log.append([entryRecord({ key, receivedAt, done: false })]);
      await Promise.all([appended, seen.promise]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(key);
    }
    return this.find(key)?.receivedAt ?? receivedAt;
  }

  /** All that it became is durable. Known here from now on; the others are told soon. */
  finish(key: string, receivedAt: number): void {
    const entry = { key, receivedAt, done: true };
    this.#done.set(key, entry);
    this.#untold.push(entryRecord(entry));
    if (this.#done.size > maxUntold) this.#keepDone();
    this.#tellTimer ??= setTimeout(() => this.#tell(), tellDoneAfterMs);
  }

  async close(): Promise<void> {
    this.#tell();
    await this.#telling;
    this.#ending.abort();
    clearTimeout(this.#forgetTimer);
    await this.#following;
    this.#keepDone();
    this.#options.db.close();
  }

  #tell(): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    const records = this.#untold;
    if (records.length === 0) return;
    this.#untold = [];
    // What doesn't get there this replica knows all the same; another would pass the delivery on again, and the
    // enricher knows its readings.
    this.#telling = this.#options.log.append(records).catch(() => this.#keepDone());
  }

  /** Never throws: what they became is durable, and a repeat of one that is forgotten is known to the enricher. */
  #keepDone(): void {
    if (this.#done.size === 0) return;
    const entries = [...this.#done].map(([key, known]) => ({ key, ...known }));
    try {
      this.#options.db.save(entries);
      this.#done.clear();
    } catch (error) {
      // A full disk, say.
      if (entries.length > maxUntold)
        for (const { key } of entries.slice(0, maxUntold / 2)) this.#done.delete(key);
      this.#notice.tell('unkept', (more) =>
        this.#options.events.warn('webhook.deliveries-unkept', {
          message: `Deliveries that are done could not be put into deliveries.db; the last of them are known in memory.${more}`,
          error,
        }),
      );
    }
  }

  async #follow(start: Offsets | undefined): Promise<void> {
    const { log, events } = this.#options;
    const { signal } = this.#ending;
    const backoff = new Backoff(retryMs);
    let from: TailFrom = start ? { offsets: start } : 'earliest';
    while (!signal.aborted) {
      try {
        for await (const cut of log.tail([deliveriesTopic], { from, signal })) {
          this.#take(cut);
          from = { offsets: cut.offsets };
          backoff.reset();
        }
        // The log was closed.
        break;
      } catch (error) {
        if (signal.aborted) break;
        events.warn('webhook.deliveries-unread', {
          message: `${deliveriesTopic} could not be followed; it is tried again from where it was. Until then repeats that came to another replica are not known here.`,
          error,
        });
        await pause(backoff.nextMs(), signal);
      }
    }
    this.#caughtUp.resolve();
  }

  #take(cut: Cut): void {
    const { db, log } = this.#options;
    const entries = cut.batches.flatMap(({ records }) => records.flatMap(toEntry));
    if (entries.length > 0) db.save(entries, { logId: log.id, offsets: cut.offsets });
    for (const { key, done } of entries) {
      if (done) this.#done.delete(key);
      this.#waiting.get(key)?.resolve();
    }
    if (cut.atEnd) this.#caughtUp.resolve();
  }

  #forgetAfter(ms: number): void {
    const { db, events, now, keptMs } = this.#options;
    if (this.#ending.signal.aborted) return;
    this.#forgetTimer = setTimeout(() => {
      let isMore = false;
      try {
        isMore = db.forgetBefore(now() - keptMs * 1000);
      } catch (error) {
        // A full disk, say: they are only kept for longer.
        events.warn('webhook.forget-failed', {
          message: 'Old deliveries could not be forgotten; it is tried again.',
          error,
        });
      }
      this.#forgetAfter(isMore ? forgetMoreAfterMs : forgetEveryMs);
    }, ms);
    this.#forgetTimer.unref();
  }
}

/** As a record's key has it: an id that is longer than any sender's is hashed. */
export function deliveryKey(source: string, deliveryId: string): string {
  const id =
    deliveryId.length > maxKeyCharacters ? `sha256:${hash('sha256', deliveryId)}` : deliveryId;
  return `${source}/${id}`;
}

function entryRecord({ key, receivedAt, done }: DeliveryEntry): NewRecord {
  return {
    topic: deliveriesTopic,
    key,
    value: Buffer.from(JSON.stringify(done ? { receivedAt, done } : { receivedAt })),
    timestampMs: Math.floor(receivedAt / 1000),
  };
}

function toEntry({ key, value }: { key: string; value: Buffer | null }): DeliveryEntry[] {
  if (value === null) return [];
  const { receivedAt, done } = fieldsOf(value);
  return typeof receivedAt === 'number' ? [{ key, receivedAt, done: done === true }] : [];
}

/** Nobody else writes there; if somebody did, it is no entry. */
function fieldsOf(value: Buffer): Partial<DeliveryEntry> {
  try {
    const fields: unknown = JSON.parse(value.toString());
    return typeof fields === 'object' && fields !== null ? fields : {};
  } catch {
    return {};
  }
}
