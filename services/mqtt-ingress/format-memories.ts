import type { FormatMemory } from '../../core/format.ts';
import type { MqttDb } from './mqtt-db.ts';

/** What formats put while the packets of one batch were decoded: full key -> value, undefined where it was deleted. */
export type MemoryPuts = ReadonlyMap<string, string | undefined>;

/** Characters of saved values kept at hand, in each of two generations; what is not at hand is read from `mqtt.db`. */
const rememberedChars = 8 * 1024 * 1024;
/** Of all sources together; past either a new key is not taken. */
const defaultBounds = { maxValues: 500_000, maxBytes: 512 * 1024 * 1024 };
/** Of one value: what a payload of the largest size can declare. */
const maxValueChars = 1024 * 1024;
const separator = '\0';

export interface FormatMemoriesOptions {
  readonly db: Pick<MqttDb, 'remembered' | 'saveRemembered' | 'measureRemembered'>;
  /** Called for each put that was not taken, because there are as many values as may be or it is too long. */
  readonly onRefused: () => void;
  readonly bounds?: { readonly maxValues: number; readonly maxBytes: number };
}

/**
 * What the formats of all sources remember, in `mqtt.db`. What is put is seen at once by the packets decoded after it,
 * belongs to the batch that is being filled, and is on disk when that batch's packets are acknowledged; when the log
 * refuses the batch it is forgotten again, since its packets come again.
 */
export class FormatMemories {
  readonly #options: FormatMemoriesOptions;
  readonly #bounds: { readonly maxValues: number; readonly maxBytes: number };
  readonly #bySource = new Map<string, FormatMemory>();
  /** The newest value of each key that is not saved yet, and the batch that it belongs to. */
  readonly #unsaved = new Map<string, { value: string | undefined; batch: MemoryPuts }>();
  #open = new Map<string, string | undefined>();
  #recent = new Map<string, string | undefined>();
  #older = new Map<string, string | undefined>();
  #recentChars = 0;
  #values: number;
  #bytes: number;

  constructor(options: FormatMemoriesOptions) {
    this.#options = options;
    this.#bounds = options.bounds ?? defaultBounds;
    ({ values: this.#values, bytes: this.#bytes } = options.db.measureRemembered());
  }

  /** The memory of one source's format; the same object each time. */
  of(source: string): FormatMemory {
    let memory = this.#bySource.get(source);
    if (!memory) {
      const prefix = `${source}${separator}`;
      memory = {
        get: (key) => this.#get(prefix + key),
        put: (key, value) => this.#put(prefix + key, value),
      };
      this.#bySource.set(source, memory);
    }
    return memory;
  }

  /** What was put since the last call: it goes with the batch that is closed now. */
  takePuts(): MemoryPuts {
    if (this.#open.size === 0) return none;
    const puts = this.#open;
    this.#open = new Map();
    return puts;
  }

  /** Saves a batch's puts, in one transaction. Call it in the order of the batches, before their acknowledgements. */
  save(puts: MemoryPuts): void {
    if (puts.size === 0) return;
    const { values, bytes } = this.#options.db.saveRemembered(puts);
    this.#values += values;
    this.#bytes += bytes;
    for (const [key, value] of puts) {
      this.#settle(key, puts);
      this.#keep(key, value);
    }
  }

  /** The batch's packets are not acknowledged: what they put is as if it had never come. */
  forget(puts: MemoryPuts): void {
    for (const key of puts.keys()) this.#settle(key, puts);
  }

  #get(key: string): string | undefined {
    const unsaved = this.#unsaved.get(key);
    if (unsaved) return unsaved.value;
    const recent = this.#recent.get(key);
    if (recent !== undefined || this.#recent.has(key)) return recent;
    const value = this.#older.has(key) ? this.#older.get(key) : this.#options.db.remembered(key);
    this.#keep(key, value);
    return value;
  }

  #put(key: string, value: string | undefined): void {
    if (value !== undefined && !this.#admits(key, value)) {
      this.#options.onRefused();
      return;
    }
    this.#open.set(key, value);
    this.#unsaved.set(key, { value, batch: this.#open });
  }

  #admits(key: string, value: string): boolean {
    if (value.length > maxValueChars) return false;
    const { maxValues, maxBytes } = this.#bounds;
    const hasRoom =
      this.#values + this.#unsaved.size < maxValues && this.#bytes + value.length <= maxBytes;
    return hasRoom || this.#get(key) !== undefined;
  }

  /** A later batch may have put the same key: then that one's value stays. */
  #settle(key: string, puts: MemoryPuts): void {
    if (this.#unsaved.get(key)?.batch === puts) this.#unsaved.delete(key);
  }

  #keep(key: string, value: string | undefined): void {
    this.#recent.set(key, value);
    this.#recentChars += key.length + (value?.length ?? 0);
    if (this.#recentChars <= rememberedChars) return;
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#recentChars = 0;
  }
}

const none: MemoryPuts = new Map();
