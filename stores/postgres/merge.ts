import type pg from 'pg';
import { entityKey, type Reading } from '../../core/reading.ts';
import { mergeReading } from '../latest-state.ts';
import type { EntityCache, HeldEntity } from './entity-cache.ts';
import type { EntityRows } from './entity-rows.ts';
import type { MappedTables } from './mapped/mapped-tables.ts';

/** Readings merged in memory, so that each entity that they change is one row to write. */
export class Merge {
  /** By `type/id`: all that the readings are about. */
  readonly entities = new Map<string, HeldEntity>();
  readonly #readings: readonly Reading[];
  readonly #tables: MappedTables;

  constructor(readings: readonly Reading[], tables: MappedTables) {
    this.#readings = readings;
    this.#tables = tables;
  }

  /**
   * Without a cache all states are read from the database, and locked. False when somebody else has written one since.
   * Throws what the database refuses.
   */
  async write(
    client: pg.ClientBase,
    rows: EntityRows,
    cache: EntityCache | undefined,
  ): Promise<boolean> {
    const keys = this.#readings.map(entityKey);
    await this.#hold(client, rows, { keys, cache });
    const changed = new Set<HeldEntity>();
    for (const [index, reading] of this.#readings.entries()) {
      const entity = this.entities.get(keys[index] ?? '');
      const firsts = this.#tables.set.firstsOf(reading.entityType);
      if (entity && mergeReading(entity.state, reading, firsts)) changed.add(entity);
    }
    const sorted = [...changed].sort(byKey);
    if (!(await rows.upsert(client, sorted))) return false;
    await this.#tables.write(client, sorted, this.#readings);
    return true;
  }

  async #hold(
    client: pg.ClientBase,
    rows: EntityRows,
    { keys, cache }: { keys: readonly string[]; cache: EntityCache | undefined },
  ): Promise<void> {
    const missing = new Map<string, Reading>();
    for (const [index, reading] of this.#readings.entries()) {
      const key = keys[index] ?? '';
      if (this.entities.has(key) || missing.has(key)) continue;
      const entity = cache?.take(key);
      if (entity) this.entities.set(key, entity);
      else missing.set(key, reading);
    }
    const wanted = [...missing.values()].sort(byKey);
    const loaded = await rows.load(client, wanted, { lock: cache === undefined });
    for (const entity of loaded) this.entities.set(entityKey(entity), entity);
  }
}

type Key = Pick<Reading, 'entityType' | 'entityId'>;

/** Every transaction writes rows in the same order, so that no two wait for each other. */
function byKey(a: Key, b: Key): number {
  if (a.entityType !== b.entityType) return a.entityType < b.entityType ? -1 : 1;
  return a.entityId < b.entityId ? -1 : a.entityId > b.entityId ? 1 : 0;
}
