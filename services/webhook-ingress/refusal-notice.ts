import type { Events } from '../../core/events.ts';
import { problems, type Refusal } from './refusal.ts';

const everyMicros = 60e6;

/**
 * Writes of refused deliveries to the log lines: the first of each source and problem at once, then one a minute at
 * most, with how many came between; so that a sender that gets it wrong can't fill the disk.
 */
export class RefusalNotice {
  readonly #events: Events;
  readonly #now: () => number;
  readonly #told = new Map<string, { at: number; since: number }>();

  /** `now`: microseconds since 1970. */
  constructor(events: Events, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  /** `source`: one of the configuration, or empty. */
  tell(source: string, refusal: Refusal, requestId: string): void {
    const { problem, detail } = refusal;
    const name = `${source}/${problem}`;
    const told = this.#told.get(name);
    if (told && this.#now() - told.at < everyMicros) {
      told.since++;
      return;
    }
    const more = told?.since ? ` ${told.since} more since the last such line.` : '';
    this.#told.set(name, { at: this.#now(), since: 0 });
    const { status } = problems[problem];
    const of = source === '' ? '' : ` for ${source}`;
    this.#events.warn('webhook.refused', {
      message: `A request${of} was answered ${status}: ${detail}${more}`,
      source,
      status,
      problem,
      requestId,
    });
  }
}
