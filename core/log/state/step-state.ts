import type { ProcessContext, StepState } from '../event-log.ts';
import type { StateCache, StateSpace } from './state-cache.ts';
import { eachValue, PackBuffer } from './state-pack.ts';

interface Put {
  readonly value: Buffer | undefined;
  readonly expiresAtMs: number | undefined;
  /** It was asked for, so it will be asked for again; what is only written stays on the disk. */
  readonly keep: boolean;
}

const keysOfLoad = new PackBuffer();

/** State as one batch sees it: what it loaded and put stays here until it is committed, or is forgotten with it. */
export class BatchState implements StepState {
  readonly #space: StateSpace;
  readonly #cache: StateCache;
  readonly #step: string;
  readonly #seen = new Map<string, Buffer | undefined>();
  readonly #puts = new Map<string, Put>();
  #spaceId: number | undefined;

  constructor(step: string, space: StateSpace, cache: StateCache) {
    this.#step = step;
    this.#space = space;
    this.#cache = cache;
  }

  async load(keys: readonly string[]): Promise<void> {
    const missing: string[] = [];
    for (const key of keys) {
      if (this.#seen.has(key)) continue;
      if (this.#cache.has(this.#space, key)) {
        this.#seen.set(key, this.#cache.get(this.#space, key));
      } else missing.push(key);
    }
    if (missing.length === 0) return;
    const space = await this.ready();
    const asked = [...new Set(missing)];
    for (const key of asked) keysOfLoad.addKey(key);
    const keysPacked = keysOfLoad.take();
    const packed = await this.#cache.backend.loadState(space, keysPacked);
    let at = 0;
    eachValue(packed, (value) => {
      const key = asked[at++] as string;
      // A put that came meanwhile is newer.
      if (!this.#seen.has(key)) this.#seen.set(key, value);
      this.#cache.set(this.#space, key, value);
    });
  }

  get(key: string): Buffer | undefined {
    const value = this.#seen.get(key);
    if (value === undefined && !this.#seen.has(key))
      throw new Error(`State of step ${this.#step}: key ${key} was not loaded in this batch.`);
    return value;
  }

  put(key: string, value: Uint8Array | null, expiresAtMs?: number): void {
    // A copy: the caller's buffer may be a slice of something larger, or be written again.
    const own = value === null ? undefined : Buffer.from(value);
    const keep = this.#puts.get(key)?.keep ?? this.#seen.has(key);
    this.#seen.set(key, own);
    this.#puts.set(key, { value: own, expiresAtMs, keep });
  }

  /** The id under which the database knows this state. */
  async ready(): Promise<number> {
    this.#spaceId ??= await this.#space.id();
    return this.#spaceId;
  }

  get hasPuts(): boolean {
    return this.#puts.size > 0;
  }

  /** After `ready`. */
  pack(into: PackBuffer): void {
    if (this.#spaceId === undefined) throw new Error('State is packed before its space is known.');
    for (const [key, { value, expiresAtMs }] of this.#puts)
      into.addPut(this.#spaceId, key, value, expiresAtMs);
  }

  get step(): string {
    return this.#step;
  }

  get version(): number {
    return this.#space.version;
  }

  eachPut(take: (key: string, value: Buffer | undefined, expiresAtMs?: number) => void): void {
    for (const [key, { value, expiresAtMs }] of this.#puts) take(key, value, expiresAtMs);
  }

  /** The puts are on the disk. */
  committed(): void {
    for (const [key, { value, keep }] of this.#puts) {
      if (keep || this.#cache.has(this.#space, key)) this.#cache.set(this.#space, key, value);
    }
  }
}

/** What a handler is given beside the batch. */
export class BatchContext implements ProcessContext {
  readonly #states = new Map<string, BatchState>();
  readonly #make: (step: string, version: number) => BatchState;

  constructor(make: (step: string, version: number) => BatchState) {
    this.#make = make;
  }

  state(step: string, version: number): BatchState {
    const name = `${version}/${step}`;
    const there = this.#states.get(name);
    if (there) return there;
    const state = this.#make(step, version);
    this.#states.set(name, state);
    return state;
  }

  /** Those that have something to write, with their spaces known. */
  async changed(): Promise<BatchState[]> {
    const changed = [...this.#states.values()].filter((state) => state.hasPuts);
    for (const state of changed) await state.ready();
    return changed;
  }
}
