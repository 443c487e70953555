import { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import type { Events } from '../../core/events.ts';
import { type IncomingOutcome, incomingToRecords } from '../../core/intake/incoming-to-records.ts';
import { PendingAppends } from '../../core/intake/pending-appends.ts';
import type { IngressTally } from '../../core/ledger/ingress-tally.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import type { Arrival } from './ack-window.ts';
import type { FormatMemories } from './format-memories.ts';
import type { IngressMetrics } from './ingress-metrics.ts';
import { IntakeBatch, type PacketOrigin } from './intake-batch.ts';
import type { Packet } from './packet.ts';
import type { SourceMatcher } from './source-matcher.ts';

export interface IntakeOptions {
  readonly log: EventLog;
  readonly matcher: SourceMatcher;
  readonly tally: IngressTally;
  readonly metrics: IngressMetrics;
  readonly events: Events;
  /** Microseconds since 1970. */
  readonly now: () => number;
  readonly random: () => string;
  /** What formats remember; saved before the packets that put it are acknowledged. */
  readonly memories: FormatMemories;
  /** Saves packets that our own broker retains; before they are acknowledged. */
  readonly retain?: (packets: readonly Packet[]) => void;
  /** Called after the arrivals of an append were told: who waits because the intake was full may look again. */
  readonly onSettled?: () => void;
}

const maxBatchBytes = 1024 * 1024;

/** A retained packet without a payload deletes the retained one (MQTT 3.1.1, 3.3.1.3): no reading. */
const isDeletion = ({ retain, payload }: Packet) => retain && payload.length === 0;
const deletion: IncomingOutcome = {
  records: [],
  readings: 0,
  untimed: 0,
  filtered: 1,
  deadLetters: 0,
  firstDead: undefined,
  requests: [],
};

/**
 * Where a packet is accepted: it is decoded, given its identity, and appended to the log; only when the log has all
 * of its records (and those of every packet taken before it) is its arrival told so.
 * Packets of one turn of the event loop, of all connections, are one append.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #notice: DeadLetterNotice;
  readonly #pending: PendingAppends<IntakeBatch>;
  #open = new IntakeBatch();
  #scheduled = false;
  #refusal: Error | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#notice = new DeadLetterNotice(options.events, options.now);
    this.#pending = new PendingAppends(options.now);
  }

  /** Too much waits for the log: the connections that send more are not read from. */
  get full(): boolean {
    return this.#pending.full;
  }

  /** The last answer of the log, when it was a refusal. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** How long the oldest append has waited for the log's answer, in microseconds. */
  get waitingMicros(): number {
    return this.#pending.waitingMicros;
  }

  /**
   * `arrival` is told once, later or at once; in the order of the calls for packets that have a source. What the
   * format wants sent back is published at `origin`, when the log has the packet.
   */
  take(packet: Packet, arrival: Arrival, origin: PacketOrigin): void {
    const { matcher, tally, metrics, memories, now, random } = this.#options;
    const source = matcher.match(packet.topic);
    if (!source) {
      tally.countUnmatched();
      metrics.countUnmatched();
      if (!packet.keep) {
        // ACK: no source wants it, and nobody keeps it: as at any broker.
        arrival.accepted();
        return;
      }
      this.#open.addBare(packet, arrival);
    } else {
      const { name, declaration } = source;
      const outcome = isDeletion(packet)
        ? deletion
        : incomingToRecords({
            source: name,
            format: declaration.format,
            topic: packet.topic,
            payload: packet.payload,
            mayRepeat: packet.mayRepeat,
            traceparent: packet.traceparent,
            receivedAt: now(),
            random,
            memory: declaration.format.remembers ? memories.of(name) : undefined,
          });
      for (const request of outcome.requests)
        this.#open.requests.push({ source: name, origin, request });
      if (outcome.firstDead) this.#notice.tell(source.name, outcome.firstDead);
      this.#open.add(source.name, packet, outcome, arrival);
    }
    this.#pending.hold(packet.payload.length);
    if (this.#open.payloadBytes >= maxBatchBytes) this.#flush();
    else this.#schedule();
  }

  /** Resolves when nothing waits for the log. */
  async drain(): Promise<void> {
    this.#flush();
    await this.#pending.drain();
  }

  /** Puts what was counted of packets without a source into the ledger. */
  async flushTally(): Promise<void> {
    const { tally, log, now } = this.#options;
    const record = tally.takeRecord(Math.floor(now() / 1000));
    if (!record) return;
    await log.append([record]).catch(() => tally.recordLost());
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the sockets that are readable in this turn: they share an append, and none waits for a timer.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#open;
    if (batch.arrivals.length === 0) return;
    this.#open = new IntakeBatch();
    const { tally, log, memories } = this.#options;
    batch.puts = memories.takePuts();
    const startedAt = this.#pending.begin(batch);
    tally.countFiltered(batch.filtered);
    const counts =
      batch.filtered.size > 0 ? tally.takeRecord(Math.floor(startedAt / 1000)) : undefined;
    if (counts) batch.records.push(counts);
    const appended = batch.records.length > 0 ? log.append(batch.records) : Promise.resolve();
    appended.then(
      () => this.#accept(batch, startedAt),
      (error: unknown) => this.#refuse(batch, error),
    );
  }

  #accept(batch: IntakeBatch, startedAt: number): void {
    const { metrics, events, memories, now } = this.#options;
    try {
      memories.save(batch.puts);
      if (batch.kept.length > 0) this.#options.retain?.(batch.kept);
    } catch (error) {
      this.#refuse(batch, error);
      return;
    }
    if (this.#refusal) events.info('ingress.log-back', { message: 'The log takes records again.' });
    this.#refusal = undefined;
    this.#pending.end(batch, batch.payloadBytes);
    metrics.countBatch(batch, now() - startedAt);
    // ACK: the log has the records of every packet in it, and mqtt.db what is retained and remembered.
    for (const arrival of batch.arrivals) arrival.accepted();
    for (const { source, origin, request } of batch.requests) {
      origin.publish(request);
      metrics.countRequest(source);
    }
    this.#options.onSettled?.();
  }

  #refuse(batch: IntakeBatch, cause: unknown): void {
    const { metrics, events, tally, memories } = this.#options;
    memories.forget(batch.puts);
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (!this.#refusal) {
      events.warn('ingress.log-refused', {
        message:
          'The log refuses records: nothing is acknowledged, and senders keep what they have.',
        error,
      });
    }
    this.#refusal = error;
    this.#pending.end(batch, batch.payloadBytes);
    tally.withdrawFiltered(batch.filtered);
    tally.recordLost();
    metrics.countFailed(batch);
    for (const arrival of batch.arrivals) arrival.failed(error);
    this.#options.onSettled?.();
  }
}
