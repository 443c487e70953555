import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import type { Events } from '../../core/events.ts';
import { type IncomingOutcome, incomingToRecords } from '../../core/intake/incoming-to-records.ts';
import type { Part } from './body/unpack.ts';
import { type DeliveryBook, deliveryKey } from './delivery-book.ts';
import type { Intake } from './intake.ts';
import { type Refusal, refuse, refuseForNow } from './refusal.ts';
import type { WebhookSource } from './webhook-source.ts';

/** What a verified request brings. */
export interface Delivery {
  readonly source: WebhookSource;
  /** The sender's. */
  readonly id: string | undefined;
  readonly parts: Iterable<Part>;
  /** A bad part hurts only itself; else a delivery that can't be read is refused. */
  readonly isList: boolean;
  readonly traceparent: string | null;
}

/** How many readings (dead letters and what was filtered count too) are durable; or it was there before. */
export type Acceptance = number | 'duplicate' | Refusal;

export interface AcceptorOptions {
  readonly intake: Intake;
  readonly book: DeliveryBook;
  readonly events: Events;
  /** Microseconds since 1970. */
  readonly now: () => number;
  readonly random: () => string;
}

/** When a delivery of many parts has taken the process for so long, others have their turn. */
const turnMs = 5;
const partsBetweenLooks = 16;

/**
 * Puts deliveries into the log, once each: what the book knows as done is a duplicate; what is in hand here is waited
 * for. Rejects when the log doesn't take it, or not in time.
 */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #notice: DeadLetterNotice;
  /** By the delivery's key: settled when it is no longer in hand. */
  readonly #inHand = new Map<string, Promise<void>>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#notice = new DeadLetterNotice(options.events, options.now);
  }

  async accept(delivery: Delivery): Promise<Acceptance> {
    const { source, id, parts } = delivery;
    if (id !== undefined) return this.#acceptOnce(delivery, id);
    // Those of lines, which are cut as they are asked for, have none.
    if (!source.usesEventIds || !Array.isArray(parts)) return this.#acceptParts(delivery);
    return parts.length === 1
      ? this.#acceptEvent(delivery, parts[0])
      : this.#acceptEvents(delivery, parts);
  }

  #acceptEvent(delivery: Delivery, event: Part | undefined): Promise<Acceptance> {
    const id = event?.deliveryId;
    return id === undefined ? this.#acceptParts(delivery) : this.#acceptOnce(delivery, id);
  }

  /** CloudEvents: each is a delivery of its own. */
  async #acceptEvents(delivery: Delivery, events: readonly Part[]): Promise<Acceptance> {
    const pace = new Pace();
    const accepted: Promise<Acceptance>[] = [];
    for (const event of events) {
      const taken = this.#acceptEvent({ ...delivery, parts: [event] }, event);
      // It is awaited below, when the others are taken too.
      taken.catch(() => undefined);
      accepted.push(taken);
      if (pace.isDue()) await pace.rest();
    }
    return sumOf(await Promise.all(accepted));
  }

  async #acceptOnce(delivery: Delivery, given: string): Promise<Acceptance> {
    const { book } = this.#options;
    // The log's keys are UTF-8, in which halves of surrogate pairs would all be one letter.
    const id = given.isWellFormed() ? given : JSON.stringify(given);
    const key = deliveryKey(delivery.source.name, id);
    const other = this.#inHand.get(key);
    if (other) await other;
    const known = book.find(key);
    if (known?.done) return 'duplicate';
    if (this.#inHand.has(key))
      return refuseForNow('The same delivery is being taken; send it again.', 2);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inHand.set(key, promise);
    try {
      return await this.#acceptParts(delivery, { id, key, receivedAt: known?.receivedAt });
    } finally {
      this.#inHand.delete(key);
      resolve();
    }
  }

  async #acceptParts(delivery: Delivery, entry?: Entry): Promise<Acceptance> {
    const { source, parts, isList, traceparent } = delivery;
    const { intake, book, now } = this.#options;
    const pace = new Pace();
    // Parts share appends: what they wait for are few promises.
    const appended = new Set<Promise<void>>();
    let receivedAt = entry?.receivedAt ?? now();
    let accepted = 0;
    // One line is told from another by its place. An event has its id, alone or in a batch.
    const isIndexed = !Array.isArray(parts) || parts.length > 1;
    let index = 0;
    for (const part of parts) {
      const id = entry && (isIndexed ? `${entry.id}#${index++}` : entry.id);
      let outcome = this.#decode(source, part, { id, receivedAt, traceparent });
      if (entry && entry.receivedAt === undefined && outcome.untimed > 0) {
        // Its time will be that of the first time, also when this process dies in between.
        entry.receivedAt = await book.begin(entry.key, receivedAt);
        if (entry.receivedAt !== receivedAt) {
          receivedAt = entry.receivedAt;
          outcome = this.#decode(source, part, { id, receivedAt, traceparent });
        }
      }
      const refusal = isList ? undefined : unreadable(outcome);
      if (refusal) return refusal;
      if (outcome.firstDead) this.#notice.tell(source.name, outcome.firstDead);
      accepted += outcome.readings + outcome.deadLetters + outcome.filtered;
      const last = intake.take(source.name, outcome);
      appended.add(last);
      if (intake.full) await last;
      if (pace.isDue()) await pace.rest();
    }
    for (const one of appended) await one;
    if (entry) book.finish(entry.key, receivedAt);
    return accepted;
  }

  #decode(
    source: WebhookSource,
    part: Part,
    given: { id: string | undefined; receivedAt: number; traceparent: string | null },
  ): IncomingOutcome {
    const { fault, payload, contentType } = part;
    return incomingToRecords({
      source: source.name,
      format: fault ? { ...source.format, decode: () => [fault] } : source.format,
      topic: source.path,
      payload,
      contentType,
      deliveryId: given.id,
      mayRepeat: false,
      traceparent: given.traceparent,
      receivedAt: given.receivedAt,
      random: this.#options.random,
      largestBytes: source.maxPayloadBytes,
    });
  }
}

/** Of a delivery with an id, what the book says. */
interface Entry {
  readonly id: string;
  readonly key: string;
  /** Of the first time; undefined while the topic doesn't say one. */
  receivedAt: number | undefined;
}

/** Of several: a refusal where there is one, since then all are sent again; a duplicate when each is. */
function sumOf(all: readonly Acceptance[]): Acceptance {
  const refusal = all.find((one) => typeof one === 'object');
  if (refusal) return refusal;
  if (all.length > 0 && all.every((one) => one === 'duplicate')) return 'duplicate';
  return all.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0);
}

/** What the format could make nothing of at all is not taken: its sender learns it, and has it still. */
function unreadable({ records, firstDead }: IncomingOutcome): Refusal | undefined {
  if (records.length !== 1 || !firstDead) return undefined;
  switch (firstDead.reason) {
    case 'payload-empty':
    case 'payload-not-utf8':
    case 'payload-not-json':
      return refuse('delivery-unreadable', firstDead.detail);
    case 'payload-too-large':
      return refuse('delivery-too-large', firstDead.detail);
    default:
      return undefined;
  }
}

class Pace {
  #since = performance.now();
  #parts = 0;

  isDue(): boolean {
    if (++this.#parts < partsBetweenLooks) return false;
    this.#parts = 0;
    return performance.now() - this.#since > turnMs;
  }

  async rest(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
