import { Backoff } from '../../../backoff.ts';
import type { Events } from '../../../events.ts';
import { toLogError } from '../kafka-errors.ts';

/** What takes longer doesn't pass by itself, or somebody should look at it. */
const tellAfterMs = 10_000;
const retryMs = { firstMs: 50, maxMs: 2000 };

interface Trouble {
  readonly sinceMs: number;
  readonly backoff: Backoff;
  /** What of it can't be read; over when there is none left. */
  readonly parts: Set<string>;
  isTold: boolean;
}

/**
 * What a poller can't read at present. Each failure is told at debug, one that lasts by one warning, and the end of that
 * too.
 */
export class ReadTroubles {
  readonly #events: Events | undefined;
  readonly #troubles = new Map<string, Trouble>();

  constructor(events: Events | undefined) {
    this.#events = events;
  }

  /** Gives after how many ms it is to be tried again. `what` stands in sentences: `topic a`. */
  failed(what: string, part: string, error: unknown): number {
    const nowMs = performance.now();
    const trouble = this.#troubles.get(what) ?? {
      ...{ sinceMs: nowMs, backoff: new Backoff(retryMs), parts: new Set(), isTold: false },
    };
    this.#troubles.set(what, trouble);
    trouble.parts.add(part);
    this.#events?.debug('log.poll-failed', {
      message: `Kafka's ${what} could not be read; it is tried again`,
      error,
    });
    const lastsMs = nowMs - trouble.sinceMs;
    if (!trouble.isTold && lastsMs >= tellAfterMs) {
      trouble.isTold = true;
      const { message } = toLogError(error, `reading ${what}`);
      this.#events?.warn('log.read-held-up', {
        message: `Kafka's ${what} could not be read for ${Math.round(lastsMs / 1000)} s; it is tried again and again. ${message}`,
        ...{ what, error },
      });
    }
    return trouble.backoff.nextMs();
  }

  worked(what: string, part: string): void {
    if (!this.#troubles.get(what)?.parts.has(part)) return;
    const trouble = this.forget(what, part);
    if (!trouble?.isTold) return;
    const lastedS = Math.round((performance.now() - trouble.sinceMs) / 1000);
    this.#events?.info('log.read-goes-on', {
      message: `Kafka's ${what} is read again, after ${lastedS} s`,
      what,
    });
  }

  /** Nobody wants to read it any more. Gives what is over by that. */
  forget(what: string, part: string): Trouble | undefined {
    const trouble = this.#troubles.get(what);
    trouble?.parts.delete(part);
    if (!trouble || trouble.parts.size > 0) return undefined;
    this.#troubles.delete(what);
    return trouble;
  }
}
