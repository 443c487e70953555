import { registerEntryCodec } from '../../../core/codec.ts';
import { isMillraceError } from '../../../core/errors.ts';
import type { Events } from '../../../core/events.ts';
import type { EventLog, LogTable } from '../../../core/log/event-log.ts';
import type { Model, RegisterEntry } from '../../../core/model.ts';
import { type ModelTable, openModelTable } from '../../../core/reference/model-table.ts';
import { registersTopic } from '../../../core/topics.ts';

/** Models and registers as the log has them, followed. Entries of registers are decoded only when they are asked for. */
export class ReferenceTables {
  readonly #models: ModelTable;
  readonly #registers: LogTable;
  #modelCache: readonly Model[] | undefined;
  #keyCache: ReadonlyMap<string, readonly string[]> | undefined;

  private constructor(models: ModelTable, registers: LogTable) {
    this.#models = models;
    this.#registers = registers;
    models.onChange(() => {
      this.#modelCache = undefined;
    });
    registers.onChange(() => {
      this.#keyCache = undefined;
    });
  }

  static async open(log: EventLog, events: Pick<Events, 'warn'>): Promise<ReferenceTables> {
    const models = await openModelTable(log, events);
    return new ReferenceTables(models, await log.table(registersTopic));
  }

  /** By entity type. */
  models(): readonly Model[] {
    this.#modelCache ??= this.#models
      .all()
      .toSorted((a, b) => (a.entityType < b.entityType ? -1 : 1));
    return this.#modelCache;
  }

  model(entityType: string): Model | undefined {
    return this.#models.get(entityType);
  }

  /** Names of the registers, with the sorted record keys of each. */
  registers(): ReadonlyMap<string, readonly string[]> {
    this.#keyCache ??= Map.groupBy(
      [...this.#registers.entries()].map(([key]) => key).sort(),
      (key) => key.slice(0, key.indexOf('/')),
    );
    return this.#keyCache;
  }

  /** Undefined too when it can't be decoded: its neighbours are shown, and the enricher has said so. */
  registerEntry(recordKey: string): RegisterEntry | undefined {
    const value = this.#registers.get(recordKey)?.value;
    if (!value) return undefined;
    try {
      return registerEntryCodec.decode(value);
    } catch (error) {
      if (isMillraceError(error)) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#models.close();
    this.#registers.close();
  }
}
