import type { StepState } from '../../core/log/event-log.ts';

/** A step's state over a map, as strict as the log's: `get` of a key that was not loaded throws. */
export class MapState implements StepState {
  readonly #entries: Map<string, Buffer>;
  readonly #loaded = new Set<string>();

  /** Hand in the entries of the batch before. */
  constructor(entries: Map<string, Buffer>) {
    this.#entries = entries;
  }

  async load(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#loaded.add(key);
  }

  get(key: string): Buffer | undefined {
    if (!this.#loaded.has(key)) throw new Error(`${key} was not loaded`);
    return this.#entries.get(key);
  }

  put(key: string, value: Uint8Array | null): void {
    this.#loaded.add(key);
    if (value === null) this.#entries.delete(key);
    else this.#entries.set(key, Buffer.from(value));
  }
}
