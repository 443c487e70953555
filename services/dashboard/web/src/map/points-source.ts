import type * as GeoJSON from 'geojson';
import type { GeoJSONFeatureDiff, GeoJSONSource, GeoJSONSourceDiff } from 'maplibre-gl';
import type { LiveEntity, Place } from '../live/world.ts';
import type { Appearance } from './appearance.ts';

interface Drawn {
  readonly place: Place;
  readonly appearance: Appearance;
}

const longestRestMs = 500;

/**
 * The one source of all entities that are points. It takes changes as they come and gives them to MapLibre together,
 * once the last ones have been drawn: never more than one update is under way, however many readings come.
 */
export class PointsSource {
  readonly #source: GeoJSONSource;
  readonly #drawn = new Map<number, Drawn>();
  readonly #waiting = new Map<number, { entity: LiveEntity; drawn: Drawn }>();
  #removeAll = false;
  #busy = false;

  constructor(source: GeoJSONSource) {
    this.#source = source;
  }

  clear(): void {
    this.#drawn.clear();
    this.#waiting.clear();
    this.#removeAll = true;
  }

  draw(entity: LiveEntity, appearance: Appearance): void {
    if (!entity.place) return;
    const before = this.#waiting.get(entity.index)?.drawn ?? this.#drawn.get(entity.index);
    if (before && before.place === entity.place && same(before.appearance, appearance)) return;
    this.#waiting.set(entity.index, { entity, drawn: { place: entity.place, appearance } });
  }

  /** Gives what waits to MapLibre; while it is still busy with the last, as soon as it is done. */
  flush(): void {
    if (this.#busy || (this.#waiting.size === 0 && !this.#removeAll)) return;
    const add: GeoJSON.Feature[] = [];
    const update: GeoJSONFeatureDiff[] = [];
    for (const [index, { entity, drawn }] of this.#waiting) {
      const before = this.#drawn.get(index);
      if (before) update.push(change(index, before, drawn));
      else add.push(feature(entity, drawn));
      this.#drawn.set(index, drawn);
    }
    const removeAll = this.#removeAll;
    this.#waiting.clear();
    this.#removeAll = false;
    void this.#give({ add, update, ...(removeAll ? { removeAll } : {}) });
  }

  /** As long as MapLibre was busy it is left in peace afterwards: with thousands of entities the page stays quick. */
  async #give(diff: GeoJSONSourceDiff): Promise<void> {
    this.#busy = true;
    const startMs = performance.now();
    try {
      await this.#source.updateData(diff);
    } catch {
      // The map is being taken down; there is nothing left to draw on.
    }
    window.setTimeout(
      () => {
        this.#busy = false;
        this.flush();
      },
      Math.min(longestRestMs, performance.now() - startMs),
    );
  }
}

function same(a: Appearance, b: Appearance): boolean {
  return (
    a.color === b.color && a.opacity === b.opacity && a.icon === b.icon && a.heading === b.heading
  );
}

function feature(entity: LiveEntity, { place, appearance }: Drawn): GeoJSON.Feature {
  return {
    type: 'Feature',
    id: entity.index,
    properties: { key: entity.key, ...appearance },
    geometry: { type: 'Point', coordinates: [place.lon, place.lat] },
  };
}

function change(id: number, before: Drawn, { place, appearance }: Drawn): GeoJSONFeatureDiff {
  const diff: GeoJSONFeatureDiff = { id };
  if (before.place !== place) {
    diff.newGeometry = { type: 'Point', coordinates: [place.lon, place.lat] };
  }
  if (!same(before.appearance, appearance)) {
    diff.addOrUpdateProperties = Object.entries(appearance).map(([key, value]) => ({ key, value }));
  }
  return diff;
}
