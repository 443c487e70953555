/** Where state rests that memory has let go. */
export interface StateBackend {
  /** The id of one version of a step's state on one partition of a group. */
  openSpace(of: SpaceName): Promise<number>;
  /** Values of keys; both as state-pack.ts packs them. */
  loadState(space: number, keys: Uint8Array): Promise<Uint8Array>;
}

export interface SpaceName {
  readonly group: string;
  readonly partition: number;
  readonly step: string;
  readonly version: number;
}

/** One version of a step's state on one partition. */
export class StateSpace {
  readonly version: number;
  readonly #id: Promise<number>;
  /** Two generations: what is used stays young; the old ones go together. */
  young = new Map<string, Buffer | undefined>();
  old = new Map<string, Buffer | undefined>();

  constructor(version: number, id: Promise<number>) {
    this.version = version;
    this.#id = id;
  }

  id(): Promise<number> {
    return this.#id;
  }
}

export interface StateCacheLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What an entry weighs beside key and value, roughly. */
const entryOverheadBytes = 120;

/** Committed state in memory, bounded over all spaces; the rest is on the disk. */
export class StateCache {
  readonly backend: StateBackend;
  readonly #limits: StateCacheLimits;
  /** By group, partition and step: the version in use. */
  readonly #spaces = new Map<string, StateSpace>();
  #youngEntries = 0;
  #youngBytes = 0;

  constructor(backend: StateBackend, limits: StateCacheLimits) {
    this.backend = backend;
    this.#limits = limits;
  }

  space(group: string, partition: number, step: string, version: number): StateSpace {
    const name = JSON.stringify([group, partition, step]);
    const there = this.#spaces.get(name);
    if (there?.version === version) return there;
    const id = this.backend.openSpace({ group, partition, step, version });
    id.catch(() => this.#spaces.delete(name));
    const space = new StateSpace(version, id);
    this.#spaces.set(name, space);
    return space;
  }

  /** Lets go of what it has of one partition: somebody else may write its state. */
  forget(group: string, partition: number): void {
    const prefix = JSON.stringify([group, partition]).slice(0, -1);
    for (const name of this.#spaces.keys())
      if (name.startsWith(`${prefix},`)) this.#spaces.delete(name);
  }

  has(space: StateSpace, key: string): boolean {
    return space.young.has(key) || space.old.has(key);
  }

  get(space: StateSpace, key: string): Buffer | undefined {
    if (space.young.has(key)) return space.young.get(key);
    const value = space.old.get(key);
    this.set(space, key, value);
    return value;
  }

  /** Undefined: the disk has no entry. */
  set(space: StateSpace, key: string, value: Buffer | undefined): void {
    if (space.young.has(key)) {
      this.#youngBytes += (value?.length ?? 0) - (space.young.get(key)?.length ?? 0);
    } else {
      this.#youngEntries++;
      this.#youngBytes += entryOverheadBytes + key.length + (value?.length ?? 0);
    }
    space.young.set(key, value);
    const { maxEntries, maxBytes } = this.#limits;
    if (this.#youngEntries * 2 > maxEntries || this.#youngBytes * 2 > maxBytes) this.#age();
  }

  #age(): void {
    for (const space of this.#spaces.values()) {
      space.old = space.young;
      space.young = new Map();
    }
    this.#youngEntries = 0;
    this.#youngBytes = 0;
  }
}
