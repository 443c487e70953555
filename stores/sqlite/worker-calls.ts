import { type Transferable, Worker } from 'node:worker_threads';
import { type ErrorCode, MillraceError } from '../../core/errors.ts';

export interface CallRequest {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface CallAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: {
    readonly code: ErrorCode | null;
    readonly message: string;
    readonly cause: unknown;
  };
}

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
}

type CallsOf<C> = { readonly [K in keyof C]: (...args: never[]) => unknown };

/**
 * Calls into a worker thread, answered in order. A thread that died is started again by the next call; those
 * under way then reject with `STORE_UNAVAILABLE`.
 */
export class WorkerCalls<C extends CallsOf<C>> {
  readonly #script: URL;
  readonly #workerData: unknown;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closed = false;

  /** `script` names a TypeScript file beside the caller; built, it is the JavaScript one. */
  constructor(script: string, base: string, workerData: unknown) {
    this.#script = new URL(base.endsWith('.ts') ? script : script.replace(/\.ts$/, '.js'), base);
    this.#workerData = workerData;
  }

  call<K extends keyof C & string>(
    name: K,
    args: Parameters<C[K]>,
    transfer: readonly Transferable[] = [],
  ): Promise<ReturnType<C[K]>> {
    if (this.#closed)
      return Promise.reject(
        new MillraceError('STORE_UNAVAILABLE', 'The store has been closed in this process.'),
      );
    const worker = this.#started();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, name, args } satisfies CallRequest, transfer);
    });
  }

  /** Waits for the calls under way, closes the file and ends the thread. Idempotent. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (this.#closed || worker === undefined) {
      this.#closed = true;
      return;
    }
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const closing = this.call('close' as keyof C & string, [] as never);
    this.#closed = true;
    await closing.catch(() => worker.terminate());
    await ended;
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#script, { workerData: this.#workerData });
    worker.on('message', (answer: CallAnswer) => this.#settle(answer));
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#rejectAll(cause);
    });
    this.#worker = worker;
    return worker;
  }

  #settle({ id, value, failure }: CallAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    // A thread with nothing to do doesn't keep the process alive.
    if (this.#waiting.size === 0 && !this.#closed) this.#worker?.unref();
    if (failure === undefined) waiting?.resolve(value as never);
    else if (failure.code === null)
      waiting?.reject(new Error(failure.message, { cause: failure.cause }));
    else
      waiting?.reject(new MillraceError(failure.code, failure.message, { cause: failure.cause }));
  }

  #rejectAll(cause: unknown): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting)
      reject(new MillraceError('STORE_UNAVAILABLE', "The store's thread has ended.", { cause }));
  }
}
