import type { Events } from '../../core/events.ts';
import { RepeatedNotice } from '../../core/repeated-notice.ts';
import { problems, type Refusal } from './refusal.ts';

/** Writes of refused deliveries to the log lines, by source and problem. */
export class RefusalNotice {
  readonly #events: Events;
  readonly #notice: RepeatedNotice;

  /** `now`: microseconds since 1970. */
  constructor(events: Events, now: () => number) {
    this.#events = events;
    this.#notice = new RepeatedNotice(now);
  }

  /** `source`: one of the configuration, or empty. */
  tell(source: string, { problem, detail }: Refusal, requestId: string): void {
    this.#notice.tell(`${source}/${problem}`, (more) => {
      const { status } = problems[problem];
      const of = source === '' ? '' : ` for ${source}`;
      this.#events.warn('webhook.refused', {
        message: `A request${of} was answered ${status}: ${detail}${more}`,
        source,
        status,
        problem,
        requestId,
      });
    });
  }
}
