import type { NewRecord } from '../../event-log.ts';

/** One `append` that waits. It settles once: when its last batch is written, or when anything of it failed. */
export class AppendCall {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** Batches that hold records of it and are not written yet. */
  unwritten = 0;
  isSettled = false;

  constructor(records: readonly NewRecord[], bytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.records = records;
    this.bytes = bytes;
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  succeed(): void {
    this.isSettled = true;
    this.#resolve();
  }

  fail(error: unknown): void {
    this.isSettled = true;
    this.#reject(error);
  }
}
