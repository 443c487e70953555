import type { LiveFrame } from './live-frame.ts';
import { type Positions, reaches } from './positions.ts';

export interface RingBounds {
  readonly maxReadings: number;
  readonly maxFrames: number;
}

/** So many of the newest frames hold what was made of their records. */
const freshFrames = 4;

/**
 * The newest frames: what clients that are a little behind, or come back after a moment, are served from. It is the
 * one buffer of the feed, shared by all clients. When it is full the oldest frame goes; who still needed it is sent
 * to the log.
 */
export class LiveRing {
  readonly #bounds: RingBounds;
  readonly #frames = new Map<number, LiveFrame>();
  #readings = 0;
  #first = 0;
  #next = 0;
  #floor: Positions;

  constructor(floor: Positions, bounds: RingBounds) {
    this.#floor = floor;
    this.#bounds = bounds;
  }

  push(frame: LiveFrame): void {
    this.#frames.get(this.#next - freshFrames)?.age();
    this.#frames.set(this.#next++, frame);
    this.#readings += frame.readings.length;
    while (this.#isOverfull) this.#dropOldest();
  }

  /** The newest frame stays, however large. */
  get #isOverfull(): boolean {
    const { maxReadings, maxFrames } = this.#bounds;
    const { size } = this.#frames;
    return size > 1 && (this.#readings > maxReadings || size > maxFrames);
  }

  /** Number of the oldest frame that is here (or of the next one, when there is none). */
  get first(): number {
    return this.#first;
  }

  /** Number of the frame that will come next. */
  get next(): number {
    return this.#next;
  }

  frame(number: number): LiveFrame | undefined {
    return this.#frames.get(number);
  }

  /** Whether all that comes after these positions is here. */
  covers(positions: Positions): boolean {
    return reaches(positions, this.#floor);
  }

  #dropOldest(): void {
    const oldest = this.#frames.get(this.#first);
    if (oldest === undefined) return;
    this.#frames.delete(this.#first++);
    this.#readings -= oldest.readings.length;
    this.#floor = oldest.after;
  }
}
