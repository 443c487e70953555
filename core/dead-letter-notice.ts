import type { Events } from './events.ts';
import type { DeadLetterOutcome } from './outcome.ts';

const everyMicros = 60e6;
/** Past it all is forgotten: each is told anew. Reasons are few, but a record that another program wrote may name any source. */
const maxTold = 1000;

/**
 * Writes of dead letters to the log lines: the first of each source and reason at once, then one a minute at most, with
 * how many came between. A batch that is tried again is told again. They are kept all the same; this is so that somebody
 * looks.
 */
export class DeadLetterNotice {
  readonly #events: Events;
  readonly #now: () => number;
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
    if (this.#told.size >= maxTold) this.#told.clear();
    this.#told.set(name, { at: this.#now(), since: 0 });
    this.#events.warn('reading.dead-lettered', {
      message: `Dead letter of source ${source}: ${reason}. ${detail}${more} See them all by millrace dlq ls.`,
      source,
      reason,
      ...(place !== undefined && { place }),
    });
  }
}
