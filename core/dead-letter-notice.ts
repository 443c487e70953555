import type { Events } from './events.ts';
import type { DeadLetterOutcome } from './outcome.ts';
import { RepeatedNotice } from './repeated-notice.ts';

/**
 * Writes of dead letters to the log lines, by source and reason. A batch that is tried again is told again. They are kept
 * all the same; this is so that somebody looks.
 */
export class DeadLetterNotice {
  readonly #events: Events;
  readonly #notice: RepeatedNotice;

  /** `now`: microseconds since 1970. */
  constructor(events: Events, now: () => number) {
    this.#events = events;
    this.#notice = new RepeatedNotice(now);
  }

  tell(source: string, { reason, detail, place }: DeadLetterOutcome): void {
    this.#notice.tell(`${source}/${reason}`, (more) =>
      this.#events.warn('reading.dead-lettered', {
        message: `Dead letter of source ${source}: ${reason}. ${detail}${more} See them all by millrace dlq ls.`,
        source,
        reason,
        ...(place !== undefined && { place }),
      }),
    );
  }
}
