export type Value = number | boolean | string;

/** Where an entity was, with that position's own time. */
export interface Place {
  lat: number;
  lon: number;
  altitude: number | null;
  timeMs: number;
}

/** The latest of one entity, kept up to date in place. Times are epoch ms. */
export interface LiveEntity {
  readonly key: string;
  readonly entityType: string;
  readonly entityId: string;
  /** Small and never given twice: the id of its feature on the map. */
  readonly index: number;
  source: string;
  observedAtMs: number;
  receivedAtMs: number;
  /** Numbers, flags and texts by field name; names are unique across them. */
  readonly values: Map<string, Value>;
  readonly times: Map<string, number>;
  tags: Readonly<Record<string, string>>;
  place: Place | null;
  zones: readonly string[];
}

/** What snapshot and readings bring, with times already as epoch ms. */
export interface Sighting {
  readonly entityType: string;
  readonly entityId: string;
  readonly source: string;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly position: {
    readonly lat: number;
    readonly lon: number;
    readonly altitude?: number | null;
  } | null;
  readonly zones: readonly string[];
  readonly unset?: readonly string[];
  /** Each field's own time where it isn't that of the sighting; also `position`. */
  readonly fieldTimesMs?: Readonly<Record<string, number>>;
}

/** Every entity that the page knows. Readings of the past and of parts are merged field by field. */
export class World {
  readonly #entities = new Map<string, LiveEntity>();
  readonly #changed = new Set<LiveEntity>();
  #nextIndex = 1;
  /** Counts up when entities come or go. */
  population = 0;
  /** Counts up when all that was known is void. */
  epoch = 0;
  /** The newest `receivedAt` seen. */
  newestMs = 0;

  get size(): number {
    return this.#entities.size;
  }

  get(key: string): LiveEntity | undefined {
    return this.#entities.get(key);
  }

  all(): IterableIterator<LiveEntity> {
    return this.#entities.values();
  }

  clear(): void {
    this.#entities.clear();
    this.#changed.clear();
    this.population += 1;
    this.epoch += 1;
  }

  /** What changed since it was last asked for. */
  takeChanged(): readonly LiveEntity[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  see(sighting: Sighting): LiveEntity {
    const entity = this.#entityOf(sighting);
    const time = sighting.observedAtMs;
    const times = sighting.fieldTimesMs;
    for (const name in sighting.numbers) merge(entity, name, sighting.numbers[name], times, time);
    for (const name in sighting.flags) merge(entity, name, sighting.flags[name], times, time);
    for (const name in sighting.texts) merge(entity, name, sighting.texts[name], times, time);
    for (const name of sighting.unset ?? []) unset(entity, name, time);
    this.#place(entity, sighting, times?.position ?? time);
    if (time >= entity.observedAtMs) {
      entity.observedAtMs = time;
      entity.source = sighting.source;
      entity.tags = sighting.tags;
      entity.zones = sighting.zones;
    }
    if (sighting.receivedAtMs > entity.receivedAtMs) entity.receivedAtMs = sighting.receivedAtMs;
    if (sighting.receivedAtMs > this.newestMs) this.newestMs = sighting.receivedAtMs;
    this.#changed.add(entity);
    return entity;
  }

  #place(entity: LiveEntity, { position }: Sighting, timeMs: number): void {
    if (!position || (entity.place && timeMs < entity.place.timeMs)) return;
    const { lat, lon, altitude = null } = position;
    entity.place = { lat, lon, altitude, timeMs };
  }

  #entityOf({ entityType, entityId, source }: Sighting): LiveEntity {
    const key = `${entityType}/${entityId}`;
    let entity = this.#entities.get(key);
    if (!entity) {
      entity = {
        key,
        entityType,
        entityId,
        index: this.#nextIndex++,
        source,
        observedAtMs: 0,
        receivedAtMs: 0,
        values: new Map(),
        times: new Map(),
        tags: {},
        place: null,
        zones: [],
      };
      this.#entities.set(key, entity);
      this.population += 1;
    }
    return entity;
  }
}

function merge(
  entity: LiveEntity,
  name: string,
  value: Value | undefined,
  times: Readonly<Record<string, number>> | undefined,
  otherwiseMs: number,
): void {
  const timeMs = times?.[name] ?? otherwiseMs;
  if (value === undefined || timeMs < (entity.times.get(name) ?? 0)) return;
  entity.values.set(name, value);
  entity.times.set(name, timeMs);
}

function unset(entity: LiveEntity, name: string, timeMs: number): void {
  if (timeMs < (entity.times.get(name) ?? 0)) return;
  entity.values.delete(name);
  entity.times.set(name, timeMs);
  if (name === 'position') entity.place = null;
}
