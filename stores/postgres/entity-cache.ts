import type { LatestState } from '../latest-state.ts';

/** An entity as a transaction found it, and what it makes of it. */
export interface HeldEntity {
  readonly entityType: string;
  readonly entityId: string;
  readonly state: LatestState;
  /** Of its row; 0: there is none yet. */
  version: number;
}

/**
 * Latest states between transactions, least recently used out first. An entity is in one transaction's hands at a time:
 * it is taken out, and put back when the transaction has committed; so what failed is simply not put back. Whether the
 * row is still the same (another sink may have had the partition) shows when it is written: by its version.
 */
export class EntityCache {
  readonly #maxEntities: number;
  readonly #entities = new Map<string, HeldEntity>();

  constructor(maxEntities: number) {
    this.#maxEntities = maxEntities;
  }

  take(key: string): HeldEntity | undefined {
    const entity = this.#entities.get(key);
    if (entity !== undefined) this.#entities.delete(key);
    return entity;
  }

  clear(): void {
    this.#entities.clear();
  }

  putBack(entities: ReadonlyMap<string, HeldEntity>): void {
    for (const [key, entity] of entities) this.#entities.set(key, entity);
    let surplus = this.#entities.size - this.#maxEntities;
    if (surplus <= 0) return;
    for (const key of this.#entities.keys()) {
      if (surplus-- === 0) break;
      this.#entities.delete(key);
    }
  }
}
