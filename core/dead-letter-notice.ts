import type { Events } from './events.ts';
import type { DeadLetterOutcome } from './outcome.ts';

const everyMicros = 60e6;

/**
 * Tells of dead letters in the log: the first of each source and reason at once, then how many there were, once a
 * minute at most. They are kept all the same; this is so that somebody looks.
 */
export class DeadLetterNotice {
  readonly #events: Events;
  readonly #now: () => number;
  /** Reasons are a closed union and sources are declared, so that this is bounded. */
  readonly #told = new Map<string, { at: number; since: number }>();

  /** `now`: microseconds since 1970. */
  constructor(events: Events, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  tell(source: string, { reason, detail, place }: DeadLetterOutcome): void {
    const name = `${source}/${reason}`;
    const told = this.#told.get(name);
    if (told && this.#now() - told.at < everyMicros) {
      told.since++;
      return;
    }
    const more = told?.since ? ` ${told.since} more since the last such line.` : '';
    this.#told.set(name, { at: this.#now(), since: 0 });
    this.#events.warn('dead-letter', {
      message: `Dead letter of source ${source}: ${reason}. ${detail}${more} See them all by millrace dlq ls.`,
      source,
      reason,
      ...(place !== undefined && { place }),
    });
  }
}
