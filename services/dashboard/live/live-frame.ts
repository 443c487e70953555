import { readingEvents, type Stretch } from './live-events.ts';
import type { LiveReading } from './live-reading.ts';
import type { Positions } from './positions.ts';

/** What the log committed within one turn of the hub. */
export class LiveFrame implements Stretch {
  readonly logId: string;
  readonly readings: readonly LiveReading[];
  readonly before: Positions;
  readonly after: Positions;
  #events: readonly Buffer[] | undefined;
  #isFresh = true;

  constructor(stretch: Stretch) {
    this.logId = stretch.logId;
    this.readings = stretch.readings;
    this.before = stretch.before;
    this.after = stretch.after;
  }

  /** The bytes for every client that has no filter, made once while the frame is fresh. */
  get events(): readonly Buffer[] {
    const events = this.#events ?? readingEvents(this);
    if (this.#isFresh) this.#events = events;
    return events;
  }

  /** Most clients have had it: from now on it keeps the records' bytes only. */
  age(): void {
    this.#isFresh = false;
    this.#events = undefined;
    this.tidy();
  }

  /** Called by a client that is done with the frame. */
  tidy(): void {
    if (this.#isFresh) return;
    for (const reading of this.readings) reading.forget();
  }
}
