import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { emptyState, type LatestState } from '../latest-state.ts';
import { PlaceIndex } from './place-index.ts';
import { stateFromText, stateToText } from './state-text.ts';

/** An entity that is held in memory; what a batch has changed is written once, by `flush`. */
export interface CachedEntity {
  /** Rowid in `entities`. */
  readonly id: number;
  readonly state: LatestState;
  indexed: ReturnType<PlaceIndex['get']>;
  storedZones: readonly string[];
  dirty: boolean;
}

/** The latest states, least recently used out first. Bound: entities, and all that one batch touches. */
export class EntityCache {
  readonly #maxEntities: number;
  readonly #entities = new Map<string, CachedEntity>();
  readonly #dirty: CachedEntity[] = [];
  readonly #places: PlaceIndex;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #addZone: StatementSync;
  readonly #removeZone: StatementSync;

  constructor(db: DatabaseSync, maxEntities: number) {
    this.#maxEntities = maxEntities;
    this.#places = new PlaceIndex(db);
    this.#select = db.prepare('SELECT id, state FROM entities WHERE type = ? AND key = ?');
    this.#insert = db.prepare(
      "INSERT INTO entities (type, key, source, observed_at, received_at, state) VALUES (?, ?, '', 0, 0, '')",
    );
    this.#update = db.prepare(
      'UPDATE entities SET source = ?, observed_at = ?, received_at = ?, lat = ?, lon = ?, state = ? WHERE id = ?',
    );
    this.#addZone = db.prepare('INSERT OR IGNORE INTO zones VALUES (?, ?)');
    this.#removeZone = db.prepare('DELETE FROM zones WHERE zone = ? AND entity = ?');
  }

  /** The entity, made in the database when it is new. Within a transaction. */
  get(entityType: string, entityId: string): CachedEntity {
    const name = `${entityType}/${entityId}`;
    let entity = this.#entities.get(name);
    if (entity === undefined) entity = this.#load(entityType, entityId);
    else this.#entities.delete(name);
    this.#entities.set(name, entity);
    return entity;
  }

  #load(entityType: string, entityId: string): CachedEntity {
    const row = this.#select.get(entityType, entityId);
    if (row === undefined) {
      const id = Number(this.#insert.run(entityType, entityId).lastInsertRowid);
      return { id, state: emptyState(), indexed: null, storedZones: [], dirty: false };
    }
    const id = Number(row.id);
    const state = stateFromText(String(row.state));
    const indexed = this.#places.get(id);
    return { id, state, indexed, storedZones: state.zones?.value ?? [], dirty: false };
  }

  touch(entity: CachedEntity): void {
    if (entity.dirty) return;
    entity.dirty = true;
    this.#dirty.push(entity);
  }

  /** Writes what was touched. Within the transaction of the readings that changed it. */
  flush(): void {
    for (const entity of this.#dirty) {
      this.#write(entity);
      entity.dirty = false;
    }
    this.#dirty.length = 0;
    const surplus = this.#entities.size - this.#maxEntities;
    if (surplus <= 0) return;
    let removed = 0;
    for (const name of this.#entities.keys()) {
      if (removed++ === surplus) break;
      this.#entities.delete(name);
    }
  }

  /** After a rollback, or when another connection wrote: what is in memory says no longer what the file says. */
  clear(): void {
    this.#entities.clear();
    this.#dirty.length = 0;
  }

  #write(entity: CachedEntity): void {
    const { id, state } = entity;
    const position = state.position?.value ?? null;
    this.#update.run(
      state.source,
      state.head.observedAt,
      state.receivedAt,
      position?.lat ?? null,
      position?.lon ?? null,
      stateToText(state),
      id,
    );
    entity.indexed = this.#places.place(id, entity.indexed, position);
    const zones = state.zones?.value ?? [];
    if (zones !== entity.storedZones) this.#writeZones(entity, zones);
  }

  #writeZones(entity: CachedEntity, zones: readonly string[]): void {
    for (const zone of entity.storedZones)
      if (!zones.includes(zone)) this.#removeZone.run(zone, entity.id);
    for (const zone of zones)
      if (!entity.storedZones.includes(zone)) this.#addZone.run(zone, entity.id);
    entity.storedZones = zones;
  }
}
