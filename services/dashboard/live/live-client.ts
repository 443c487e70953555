import type { PartitionRange } from '../../../core/log/event-log.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { formatTime } from '../api/api-time.ts';
import { toApiSnapshotEntity } from '../api/to-api-entity.ts';
import { Doorbell } from './doorbell.ts';
import { formatCursor } from './live-cursor.ts';
import {
  heartbeatEvent,
  maxPerEvent,
  readingEvents,
  resetEvent,
  snapshotEvent,
} from './live-events.ts';
import { type LiveFilter, LiveSieve } from './live-filter.ts';
import type { LiveFrame } from './live-frame.ts';
import type { HubClient, LiveHub } from './live-hub.ts';
import type { LiveOutput } from './live-output.ts';
import { LiveReading } from './live-reading.ts';
import type { LiveRing } from './live-ring.ts';
import { keysOf, type LiveSnapshot, type SnapshotStore, takeSnapshot } from './live-snapshot.ts';
import { fromOffsets, furthest, type Positions, samePositions, toOffsets } from './positions.ts';
import { resumeFrom } from './resume.ts';
import type { StoreReturn } from './store-return.ts';

export interface LiveClientOptions {
  readonly hub: LiveHub;
  readonly store: SnapshotStore;
  readonly storeReturn: StoreReturn;
  readonly filter: LiveFilter;
  /** As the client gave it. */
  readonly cursor: string | undefined;
  readonly output: LiveOutput;
}

/**
 * One client's feed: a snapshot (or the cursor's place), the log from there until the ring of the hub covers it, then
 * the ring, frame by frame at the client's own pace. `#positions` is always where the client stands: everything
 * before is sent, nothing from there on. A client that falls out of the ring is cut off. One whose snapshot lacked
 * entities, because the store was away, gets a whole one when it is back, and goes on from there.
 */
export class LiveClient implements HubClient {
  readonly #options: LiveClientOptions;
  readonly #sieve: LiveSieve | undefined;
  readonly #bell = new Doorbell();
  readonly #abort = new AbortController();
  #positions: Positions = [];
  #beatDue = false;
  #snapshotDue = false;
  #endWait: () => unknown = () => undefined;
  /** Frames can be sent as they are, without comparing offsets. */
  #inStep = false;
  /** Once the ring covers the client: the ring, and the number of the frame that comes next. */
  #following: { readonly ring: LiveRing; number: number } | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    const { types, entities, box } = options.filter;
    this.#sieve = types || entities || box ? new LiveSieve(options.filter) : undefined;
  }

  wake(beat: boolean): void {
    if (beat) this.#beatDue = true;
    // Said here, since a client that takes nothing keeps its own loop waiting.
    if (this.#isOutOfRing) this.#options.output.cutOff();
    this.#bell.ring();
  }

  /** Ends the feed from this side: the connection is gone, or the service stops. */
  end(): void {
    this.#abort.abort();
    this.#bell.ring();
  }

  /** Resolves when the feed has ended. */
  async run(): Promise<void> {
    const { hub, output } = this.#options;
    try {
      const ring = await hub.join(this);
      await this.#begin();
      while (!this.#isOver) {
        await this.#catchUp(ring);
        await this.#follow(ring);
        if (this.#snapshotDue) await this.#beginAnew();
      }
    } finally {
      this.#endWait();
      hub.leave(this);
      output.end();
    }
  }

  get #isOutOfRing(): boolean {
    const { ring, number } = this.#following ?? {};
    return ring !== undefined && number !== undefined && number < ring.first;
  }

  get #isOver(): boolean {
    return this.#abort.signal.aborted || this.#options.output.closed;
  }

  async #begin(): Promise<void> {
    const { hub, cursor, output } = this.#options;
    const ranges = await this.#ranges();
    if (cursor !== undefined) {
      const resume = resumeFrom(cursor, { id: hub.log.id, ranges });
      if (resume.kind === 'resume') return this.#resume(resume.positions, ranges);
      await output.write(resetEvent({ reason: resume.reason, detail: resume.detail }));
    }
    const { store, filter } = this.#options;
    const snapshot = await takeSnapshot(store, filter, ranges);
    await this.#beginWith(snapshot);
    if (!snapshot.complete) this.#awaitStore();
  }

  /** A snapshot that still can't be whole is not sent again; the feed goes on, and waits. */
  async #beginAnew(): Promise<void> {
    this.#snapshotDue = false;
    this.#following = undefined;
    this.#inStep = false;
    const { store, filter } = this.#options;
    const snapshot = await takeSnapshot(store, filter, await this.#ranges());
    if (!snapshot.complete) return this.#awaitStore();
    await this.#beginWith(snapshot);
  }

  #awaitStore(): void {
    this.#endWait = this.#options.storeReturn.whenBack(() => {
      this.#snapshotDue = true;
      this.#bell.ring();
    });
  }

  async #beginWith(snapshot: LiveSnapshot): Promise<void> {
    this.#sieve?.begin(keysOf(snapshot.entities), {
      outside: !snapshot.complete,
      placeless: !snapshot.complete,
    });
    this.#positions = snapshot.positions;
    await this.#sendSnapshot(snapshot);
  }

  async #ranges(): Promise<readonly PartitionRange[]> {
    const ranges = await this.#options.hub.log.ranges([enrichedTopic]);
    return ranges.toSorted((a, b) => a.partition - b.partition);
  }

  /** With a box, who is inside is learned from the store: it usually stands further than the cursor. */
  async #resume(positions: Positions, ranges: readonly PartitionRange[]): Promise<void> {
    const { store, filter } = this.#options;
    this.#positions = positions;
    if (filter.box === undefined) return;
    const snapshot = await takeSnapshot(store, filter, ranges);
    const isBehind = snapshot.positions.some(
      (offset, partition) => offset < (positions[partition] ?? 0),
    );
    this.#sieve?.begin(keysOf(snapshot.entities), {
      outside: true,
      placeless: isBehind || !snapshot.complete,
    });
  }

  async #sendSnapshot({ entities, complete }: LiveSnapshot): Promise<void> {
    const { output } = this.#options;
    const parts = Math.max(1, Math.ceil(entities.length / maxPerEvent));
    for (let part = 0; part < parts && !this.#isOver; part++) {
      const slice = entities.slice(part * maxPerEvent, (part + 1) * maxPerEvent);
      const last = part === parts - 1;
      const body = { part, last, complete, entities: slice.map(toApiSnapshotEntity) };
      await output.write(snapshotEvent(body, last ? this.#cursor() : undefined));
    }
  }

  /** From the log, where the ring doesn't go back so far. */
  async #catchUp(ring: LiveRing): Promise<void> {
    if (ring.covers(this.#positions) || this.#isOver) return;
    const { log } = this.#options.hub;
    const from = { offsets: toOffsets(enrichedTopic, this.#positions) };
    const { signal } = this.#abort;
    for await (const cut of log.tail([enrichedTopic], { from, signal })) {
      const readings = cut.batches.flatMap(({ partition, records }) =>
        records.map((record) => new LiveReading(partition, record)),
      );
      await this.#sendPicked(readings, fromOffsets(cut.offsets, enrichedTopic, this.#positions));
      if (this.#beatDue) await this.#beat();
      if (ring.covers(this.#positions) || this.#isOver) return;
    }
  }

  async #follow(ring: LiveRing): Promise<void> {
    // Nothing is awaited between the ring's covering the positions and this line.
    const following = { ring, number: ring.first };
    this.#following = following;
    while (!this.#isOver && !this.#snapshotDue) {
      if (this.#isOutOfRing) return this.#options.output.cutOff();
      const frame = ring.frame(following.number);
      if (frame !== undefined) {
        following.number++;
        await this.#sendFrame(frame);
        frame.tidy();
      } else if (this.#beatDue) await this.#beat();
      else await this.#bell.wait();
    }
  }

  async #sendFrame(frame: LiveFrame): Promise<void> {
    this.#inStep ||= samePositions(this.#positions, frame.before);
    if (!this.#inStep || this.#sieve !== undefined)
      return this.#sendPicked(frame.readings, furthest(this.#positions, frame.after));
    for (const event of frame.events) await this.#options.output.write(event);
    this.#positions = frame.after;
  }

  async #sendPicked(readings: readonly LiveReading[], after: Positions): Promise<void> {
    const before = this.#positions;
    const picked = readings.filter(
      (reading) =>
        reading.offset >= (before[reading.partition] ?? 0) &&
        (this.#sieve === undefined || this.#sieve.passes(reading)),
    );
    const { id: logId } = this.#options.hub.log;
    for (const event of readingEvents({ logId, readings: picked, before, after }))
      await this.#options.output.write(event);
    this.#positions = after;
  }

  async #beat(): Promise<void> {
    this.#beatDue = false;
    const now = formatTime(this.#options.hub.now());
    await this.#options.output.write(heartbeatEvent({ now }, this.#cursor()));
  }

  #cursor(): string {
    return formatCursor(this.#options.hub.log.id, this.#positions);
  }
}
