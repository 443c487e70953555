import { Worker } from 'node:worker_threads';
import { MillraceError } from '../../errors.ts';
import { fromWire } from './database-errors.ts';
import type { Conversation, Kind, WorkerReply, WorkerSettings } from './protocol.ts';

interface Pending {
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** Speaks with the log's worker. Requests are answered in the order they are made. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #ended = false;
  #closing = false;
  #onLost: ((error: MillraceError) => void) | undefined;

  constructor(settings: WorkerSettings) {
    this.#file = settings.file;
    // Sources run as they are in development; the package holds what the compiler made of them.
    const script = import.meta.url.endsWith('.ts') ? './log-worker.ts' : './log-worker.js';
    this.#worker = new Worker(new URL(script, import.meta.url), { workerData: settings });
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(undefined));
  }

  /** Rejects with a `MillraceError`; with `LOG_UNAVAILABLE` when the worker is gone. */
  request<K extends Kind>(
    kind: K,
    ask: Conversation[K]['ask'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Conversation[K]['reply']> {
    if (this.#ended) return Promise.reject(this.#gone(undefined));
    const { promise, resolve, reject } = Promise.withResolvers<Conversation[K]['reply']>();
    const id = this.#nextId++;
    this.#pending.set(id, { resolve: resolve as (reply: unknown) => void, reject });
    this.#worker.postMessage({ id, kind, ask }, transfer);
    return promise;
  }

  /** Called once when the thread ends without having been asked to: from then on every request rejects. */
  onLost(listener: (error: MillraceError) => void): void {
    if (this.#ended) listener(this.#gone(undefined));
    else this.#onLost = listener;
  }

  /** Resolves when the database is closed and the thread has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#ended) return;
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.request('close', null).catch(() => undefined);
    await exited;
  }

  #settle(reply: WorkerReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(fromWire(reply.error));
    else pending?.resolve(reply.reply);
  }

  /** An error is followed by the exit. */
  #end(cause: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { reject } of this.#pending.values()) reject(this.#gone(cause));
    this.#pending.clear();
    if (!this.#closing) this.#onLost?.(this.#gone(cause));
  }

  #gone(cause: unknown): MillraceError {
    return new MillraceError(
      'LOG_UNAVAILABLE',
      `The thread that has ${this.#file} open has ended. Start Millrace (or the command) again; what was acknowledged is on the disk.`,
      { cause },
    );
  }
}
