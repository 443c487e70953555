import type { Health } from '../../core/service.ts';

/** What keeps a sink from storing, for its health. */
export class SinkTrouble {
  /** Why it has stopped for good. */
  #stoppedBy: string | undefined;
  /** Why the last try failed, by place: a partition, or `log` until a batch goes through. */
  readonly #waitsFor = new Map<string, string>();

  get hasStopped(): boolean {
    return this.#stoppedBy !== undefined;
  }

  get health(): Health {
    const [waitsFor] = this.#waitsFor.values();
    const detail = this.#stoppedBy ?? waitsFor;
    return detail === undefined ? { ready: true } : { ready: false, detail };
  }

  waits(place: string, error: unknown): void {
    this.#waitsFor.set(place, error instanceof Error ? error.message : String(error));
  }

  goesOn(...places: readonly string[]): void {
    for (const place of places) this.#waitsFor.delete(place);
  }

  stopped(error: Error): void {
    this.#stoppedBy = error.message;
  }
}
