import { registerEntryCodec } from '../../core/codec.ts';
import type { Events } from '../../core/events.ts';
import type { EventLog, LogTable } from '../../core/log/event-log.ts';
import { registersTopic } from '../../core/topics.ts';
import type { PostgresStoreWriter } from '../../stores/postgres/open-postgres-store.ts';
import type { OffsetEntry } from '../../stores/postgres/registers-writer.ts';
import { retryWhileUnavailable } from '../../stores/sink/retry-while-unavailable.ts';

export interface RegistersFollowerParts {
  readonly log: Pick<EventLog, 'table' | 'ranges'>;
  readonly writer: Pick<PostgresStoreWriter, 'replaceRegisters' | 'changeRegisters'>;
  readonly events: Pick<Events, 'warn'>;
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
}

/**
 * Keeps the table `registers` as `registers.v1` stands. The topic is compacted and read whole by every sink, so no offset
 * is kept: at its start a sink writes all of it, then what changes.
 */
export class RegistersFollower {
  readonly #parts: RegistersFollowerParts;
  readonly #stopping = new AbortController();
  #table: LogTable | undefined;
  /** One past the last record that the table surely has. */
  #endOffset = 0;
  #all = true;
  readonly #changed = new Set<string>();
  /** Offsets of the entries as they were read last, by record key: a tombstone tells none of its own. */
  readonly #offsets = new Map<string, number>();
  #running: Promise<void>;
  #isRunning = true;

  constructor(parts: RegistersFollowerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Once more from the beginning: the database has gone back. */
  writeAll(): void {
    this.#all = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#table?.close();
  }

  #wake(): void {
    if (this.#isRunning || this.#stopping.signal.aborted) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { retry, events } = this.#parts;
    const { signal } = this.#stopping;
    const options = {
      ...retry,
      signal,
      onRetry: (error: unknown) =>
        events.warn('sink.registers-wait', {
          message: 'The registers could not be written; they are tried again.',
          error,
        }),
    };
    try {
      while ((this.#all || this.#changed.size > 0) && !signal.aborted)
        await retryWhileUnavailable(() => this.#write(), options);
    } catch (error) {
      if (!signal.aborted)
        events.warn('sink.registers-failed', {
          message: 'The registers could not be written; they are with the next change.',
          error,
        });
    }
    this.#isRunning = false;
  }

  async #write(): Promise<void> {
    const table = await this.#open();
    const { writer } = this.#parts;
    const all = this.#all;
    const keys = all ? [...table.entries()].map(([key]) => key) : [...this.#changed];
    const { entries, gone } = this.#read(table, keys);
    // What changes from here on comes again.
    this.#all = false;
    this.#changed.clear();
    try {
      const refused = all
        ? await writer.replaceRegisters(entries, this.#endOffset)
        : await writer.changeRegisters(entries, gone);
      this.#sayRefused(refused);
    } catch (error) {
      this.#all ||= all;
      for (const key of keys) this.#changed.add(key);
      throw error;
    }
  }

  async #open(): Promise<LogTable> {
    if (this.#table) return this.#table;
    const { log } = this.#parts;
    // Asked before the table is read: what lies before this end, and is not in it, is gone.
    const [range] = await log.ranges([registersTopic]);
    this.#endOffset = range?.endOffset ?? 0;
    const table = await log.table(registersTopic);
    table.onChange((keys) => {
      for (const key of keys) this.#changed.add(key);
      this.#wake();
    });
    this.#table = table;
    return table;
  }

  #read(table: LogTable, keys: readonly string[]) {
    const entries: OffsetEntry[] = [];
    const gone: { register: string; key: string; offset: number }[] = [];
    for (const recordKey of keys) {
      const record = table.get(recordKey);
      if (record?.value) {
        const entry = this.#decode(recordKey, record.value);
        this.#offsets.set(recordKey, record.offset);
        if (entry) entries.push({ entry, offset: record.offset });
        continue;
      }
      const slash = recordKey.indexOf('/');
      const [register, key] = [recordKey.slice(0, slash), recordKey.slice(slash + 1)];
      const offset = this.#offsets.get(recordKey);
      if (offset !== undefined) gone.push({ register, key, offset });
    }
    return { entries, gone };
  }

  #decode(recordKey: string, value: Buffer) {
    try {
      return registerEntryCodec.decode(value);
    } catch (error) {
      this.#parts.events.warn('register.entry-undecodable', {
        message: `The entry ${recordKey} of the registers can't be decoded and is left out.`,
        error,
      });
      return undefined;
    }
  }

  #sayRefused(refused: readonly OffsetEntry[]): void {
    const [first] = refused;
    if (first === undefined) return;
    this.#parts.events.warn('sink.registers-refused', {
      message: `The store refused ${refused.length} entries of the registers, such as ${first.entry.key} of ${first.entry.register}; they are not in the table.`,
    });
  }
}
