import type { ServerResponse } from 'node:http';

/** One client's connection. Nothing is buffered here beyond what the socket itself takes. */
export class LiveOutput {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  readonly #onStall: () => void;

  constructor(response: ServerResponse, options: { stallMs: number; onStall: () => void }) {
    this.#response = response;
    this.#stallMs = options.stallMs;
    this.#onStall = options.onStall;
  }

  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /**
   * Resolves when the socket takes more, or is gone. A client that takes nothing for `stallMs` is cut off: it
   * comes back by its cursor, and if it never does, its connection holds nothing.
   */
  async write(chunk: Buffer | string): Promise<void> {
    if (this.closed || this.#response.write(chunk)) return;
    const response = this.#response;
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        response.off('drain', settle);
        response.off('close', settle);
        resolve();
      };
      const timer = setTimeout(() => this.cutOff(), this.#stallMs);
      response.once('drain', settle);
      response.once('close', settle);
    });
  }

  cutOff(): void {
    if (this.closed) return;
    this.#onStall();
    this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}
