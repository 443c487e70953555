import type { Events } from '../../../core/events.ts';
import type { Cut, EventLog } from '../../../core/log/event-log.ts';
import { pause } from '../../../core/pause.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { LiveFrame } from './live-frame.ts';
import type { LiveMetrics } from './live-metrics.ts';
import { LiveReading } from './live-reading.ts';
import { LiveRing, type RingBounds } from './live-ring.ts';
import { fromOffsets, type Positions, toOffsets } from './positions.ts';

/** What the hub tells each of its clients. */
export interface HubClient {
  /** There is a new frame, or a heartbeat is due. */
  wake(beat: boolean): void;
  end(): void;
}

export interface LiveHubOptions {
  readonly log: EventLog;
  readonly events: Events;
  readonly metrics: LiveMetrics;
  /** Microseconds. */
  readonly now: () => number;
  readonly bounds?: RingBounds;
  /** How long it goes on when the last client is gone, for those who come right back. */
  readonly lingerMs?: number;
  readonly heartbeatMs?: number;
}

/** Commits of the log that come within this time go out together. */
const frameMs = 10;
const usualHeartbeatMs = 15_000;
const retryMs = 1_000;

/**
 * Follows `readings.enriched.v1` once for all clients, and only while there are any. What comes is kept as frames in
 * a ring, from which each client is served at its own pace.
 */
export class LiveHub {
  readonly log: EventLog;
  readonly #options: LiveHubOptions;
  readonly #clients = new Set<HubClient>();
  #run: { readonly ring: LiveRing; readonly abort: AbortController } | undefined;
  #starting: Promise<LiveRing> | undefined;
  #head: Positions = [];
  #pending: LiveReading[] = [];
  #pendingBefore: Positions = [];
  #oldestPendingMs = Number.POSITIVE_INFINITY;
  #flushTimer: NodeJS.Timeout | undefined;
  #lastFlushMs = 0;
  #lingerTimer: NodeJS.Timeout | undefined;
  readonly #beatTimer: NodeJS.Timeout;
  #closed = false;

  constructor(options: LiveHubOptions) {
    this.log = options.log;
    this.#options = options;
    const beatMs = options.heartbeatMs ?? usualHeartbeatMs;
    this.#beatTimer = setInterval(() => this.#wakeAll(true), beatMs).unref();
  }

  /** Microseconds. */
  now(): number {
    return this.#options.now();
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Frames are kept from when this resolves at the latest. Rejects when the log can't be read. */
  async join(client: HubClient): Promise<LiveRing> {
    this.#clients.add(client);
    this.#options.metrics.clients.set(this.#clients.size);
    clearTimeout(this.#lingerTimer);
    if (this.#run !== undefined) return this.#run.ring;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  leave(client: HubClient): void {
    if (!this.#clients.delete(client)) return;
    this.#options.metrics.clients.set(this.#clients.size);
    if (this.#clients.size > 0 || this.#closed) return;
    this.#lingerTimer = setTimeout(() => this.#stop(), this.#options.lingerMs ?? 30_000).unref();
  }

  /** Ends every client's feed; they come back by their cursors. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#beatTimer);
    clearTimeout(this.#lingerTimer);
    this.#stop();
    for (const client of [...this.#clients]) client.end();
  }

  async #start(): Promise<LiveRing> {
    const ranges = await this.log.ranges([enrichedTopic]);
    this.#head = ranges
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ endOffset }) => endOffset);
    const bounds = this.#options.bounds ?? { maxReadings: 20_000, maxFrames: 2_000 };
    const run = { ring: new LiveRing(this.#head, bounds), abort: new AbortController() };
    this.#pending = [];
    this.#pendingBefore = this.#head;
    if (!this.#closed) {
      this.#run = run;
      void this.#follow(run.abort.signal);
      if (this.#clients.size === 0) this.#stop();
    }
    return run.ring;
  }

  #stop(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#run?.abort.abort();
    this.#run = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const from = { offsets: toOffsets(enrichedTopic, this.#head) };
        for await (const cut of this.log.tail([enrichedTopic], { from, signal })) {
          if (signal.aborted) return;
          this.#take(cut);
        }
        if (!signal.aborted) await pause(retryMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.events.warn('live.tail-failed', {
          message: 'The live feed could not follow the log; it tries again from where it was.',
          error,
        });
        await pause(retryMs, signal);
      }
    }
  }

  #take(cut: Cut): void {
    for (const { partition, records } of cut.batches) {
      for (const record of records) {
        this.#pending.push(new LiveReading(partition, record));
        if (record.timestampMs < this.#oldestPendingMs) this.#oldestPendingMs = record.timestampMs;
      }
    }
    this.#head = fromOffsets(cut.offsets, enrichedTopic, this.#head);
    if (this.#pending.length === 0 || this.#flushTimer !== undefined) return;
    const sinceMs = performance.now() - this.#lastFlushMs;
    this.#flushTimer = setTimeout(() => this.#flush(), Math.max(0, frameMs - sinceMs));
  }

  #flush(): void {
    this.#flushTimer = undefined;
    this.#lastFlushMs = performance.now();
    const { metrics, now } = this.#options;
    metrics.readings.inc(this.#pending.length);
    metrics.delaySeconds.observe(Math.max(0, now() / 1e6 - this.#oldestPendingMs / 1e3));
    const frame = new LiveFrame({
      logId: this.log.id,
      readings: this.#pending,
      before: this.#pendingBefore,
      after: this.#head,
    });
    this.#pending = [];
    this.#oldestPendingMs = Number.POSITIVE_INFINITY;
    this.#pendingBefore = this.#head;
    this.#run?.ring.push(frame);
    this.#wakeAll(false);
  }

  #wakeAll(beat: boolean): void {
    for (const client of this.#clients) client.wake(beat);
  }
}
