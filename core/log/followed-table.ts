import type { Cut, LogRecord, LogTable } from './event-log.ts';

/** A compacted topic in memory, kept up from a tail. */
export class FollowedTable implements LogTable {
  readonly #records = new Map<string, LogRecord>();
  readonly #listeners = new Set<(keys: readonly string[]) => void>();
  readonly #stop: () => void;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  get(key: string): LogRecord | undefined {
    return this.#records.get(key);
  }

  entries(): IterableIterator<[key: string, record: LogRecord]> {
    return this.#records.entries();
  }

  get size(): number {
    return this.#records.size;
  }

  onChange(listener: (keys: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  take({ batches }: Cut): void {
    const changed = new Set<string>();
    for (const { records } of batches) {
      for (const record of records) {
        changed.add(record.key);
        if (record.value === null) this.#records.delete(record.key);
        // A copy: a slice would keep the whole blob in memory.
        else this.#records.set(record.key, { ...record, value: Buffer.from(record.value) });
      }
    }
    if (changed.size === 0) return;
    const keys = [...changed];
    for (const listener of [...this.#listeners]) listener(keys);
  }
}
