import type * as GeoJSON from 'geojson';
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';
import type { Reference } from '../app/reference.ts';
import type { Appearance } from './appearance.ts';

/** Entities that a register draws: the geometry is given once, colours and fading as feature states. */
export class ShapesSource {
  readonly #map: MapLibreMap;
  readonly #ids = new Map<string, number>();
  readonly #drawn = new Map<number, string>();
  #chosen: number | undefined;

  constructor(map: MapLibreMap) {
    this.#map = map;
  }

  has(key: string): boolean {
    return this.#ids.has(key);
  }

  setShapes(shapes: Reference['shapes']): void {
    const features: GeoJSON.Feature[] = [];
    this.#ids.clear();
    for (const [entityType, ofType] of shapes) {
      for (const [entityId, { geometry }] of ofType) {
        const key = `${entityType}/${entityId}`;
        const id = features.length + 1;
        this.#ids.set(key, id);
        features.push({
          type: 'Feature',
          id,
          properties: { key },
          geometry: geometry as GeoJSON.Geometry,
        });
      }
    }
    this.forgetStates();
    this.#map.getSource<GeoJSONSource>('shapes')?.setData({ type: 'FeatureCollection', features });
  }

  /** All shapes are without a reading again. */
  forgetStates(): void {
    this.#drawn.clear();
    this.#chosen = undefined;
    if (this.#map.getSource('shapes')) this.#map.removeFeatureState({ source: 'shapes' });
  }

  draw(key: string, { color, opacity }: Appearance): void {
    const id = this.#ids.get(key);
    if (id === undefined || this.#drawn.get(id) === color + opacity) return;
    this.#drawn.set(id, color + opacity);
    this.#map.setFeatureState({ source: 'shapes', id }, { color, opacity });
  }

  choose(key: string | null): void {
    const id = key === null ? undefined : this.#ids.get(key);
    if (id === this.#chosen) return;
    if (this.#chosen !== undefined) {
      this.#map.setFeatureState({ source: 'shapes', id: this.#chosen }, { chosen: false });
    }
    if (id !== undefined) this.#map.setFeatureState({ source: 'shapes', id }, { chosen: true });
    this.#chosen = id;
  }
}
