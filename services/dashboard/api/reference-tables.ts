import { type Codec, modelCodec, registerEntryCodec } from '../../../core/codec.ts';
import type { EventLog, LogRecord, LogTable } from '../../../core/log/event-log.ts';
import type { Model, RegisterEntry } from '../../../core/model.ts';
import { modelsTopic, registersTopic } from '../../../core/topics.ts';

/** Models and registers as the log has them, followed. */
export class ReferenceTables {
  readonly #models: LogTable;
  readonly #registers: LogTable;
  #modelCache: readonly Model[] | undefined;
  #keyCache: ReadonlyMap<string, readonly string[]> | undefined;

  private constructor(models: LogTable, registers: LogTable) {
    this.#models = models;
    this.#registers = registers;
    models.onChange(() => {
      this.#modelCache = undefined;
    });
    registers.onChange(() => {
      this.#keyCache = undefined;
    });
  }

  static async open(log: EventLog): Promise<ReferenceTables> {
    const models = await log.table(modelsTopic);
    return new ReferenceTables(models, await log.table(registersTopic));
  }

  /** By entity type. */
  models(): readonly Model[] {
    this.#modelCache ??= [...this.#models.entries()]
      .map(([, record]) => decode(modelCodec, record))
      .filter((model) => model !== undefined)
      .sort((a, b) => (a.entityType < b.entityType ? -1 : 1));
    return this.#modelCache;
  }

  model(entityType: string): Model | undefined {
    return this.models().find((model) => model.entityType === entityType);
  }

  /** Names of the registers, with the sorted record keys of each. */
  registers(): ReadonlyMap<string, readonly string[]> {
    this.#keyCache ??= Map.groupBy(
      [...this.#registers.entries()].map(([key]) => key).sort(),
      (key) => key.slice(0, key.indexOf('/')),
    );
    return this.#keyCache;
  }

  registerEntry(recordKey: string): RegisterEntry | undefined {
    return decode(registerEntryCodec, this.#registers.get(recordKey));
  }

  close(): void {
    this.#models.close();
    this.#registers.close();
  }
}

function decode<T>(codec: Codec<T>, record: LogRecord | undefined): T | undefined {
  return record?.value ? codec.decode(record.value) : undefined;
}
