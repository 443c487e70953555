import { isMillraceError, MillraceError } from '../core/errors.ts';

export interface StorePartOptions<T> {
  /** As in "PostgreSQL at db:5432". */
  readonly what: string;
  readonly open: () => Promise<T>;
  /** A small question. */
  readonly probe: (part: T) => Promise<unknown>;
  /** An answer that takes longer counts as none. */
  readonly answerWithinMs?: number;
}

/**
 * A store that is opened when it is first asked, and remembers whether its last answer came. An opening that failed is
 * tried again with the next question.
 */
export class StorePart<T extends { close(): Promise<void> }> {
  readonly #options: StorePartOptions<T>;
  #opening: Promise<T> | undefined;
  #away: string | undefined;
  #closed = false;

  constructor(options: StorePartOptions<T>) {
    this.#options = options;
  }

  /** Why the last question had no answer; undefined when it had one. */
  get away(): string | undefined {
    return this.#away;
  }

  /** Rejects with `STORE_UNAVAILABLE` when no answer comes in time. */
  async use<R>(question: (part: T) => Promise<R>): Promise<R> {
    try {
      const answer = await this.#inTime(this.#open().then(question));
      this.#away = undefined;
      return answer;
    } catch (error) {
      if (isMillraceError(error) && error.retryable) this.#away = error.message;
      throw error;
    }
  }

  /** Any failure counts: this question has nothing that could be wrong with it. */
  async probe(): Promise<void> {
    try {
      await this.use(this.#options.probe);
    } catch (error) {
      this.#away = error instanceof Error ? error.message : String(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const part = await this.#opening?.catch(() => undefined);
    await part?.close();
  }

  #open(): Promise<T> {
    if (this.#closed)
      return Promise.reject(
        new MillraceError('STORE_UNAVAILABLE', `${this.#options.what} has been closed.`),
      );
    this.#opening ??= this.#options.open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #inTime<R>(answer: Promise<R>): Promise<R> {
    const { what, answerWithinMs = 20_000 } = this.#options;
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(
        new MillraceError(
          'STORE_UNAVAILABLE',
          `An answer of ${what} should come within ${answerWithinMs / 1000} s; none came. Check that it runs and is not overloaded.`,
        ),
      );
    }, answerWithinMs);
    try {
      return await Promise.race([answer, overdue]);
    } finally {
      clearTimeout(timer);
    }
  }
}
