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

  constructor(stretch: Stretch) {
    this.logId = stretch.logId;
    this.readings = stretch.readings;
    this.before = stretch.before;
    this.after = stretch.after;
  }

  /** The bytes for every client that has no filter, made once. */
  get events(): readonly Buffer[] {
    this.#events ??= readingEvents(this);
    return this.#events;
  }
}
