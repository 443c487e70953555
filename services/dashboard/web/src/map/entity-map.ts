import type * as GeoJSON from 'geojson';
import {
  type GeoJSONSource,
  Map as MapLibreMap,
  type MapMouseEvent,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Reference } from '../app/reference.ts';
import type { Theme } from '../app/theme.ts';
import type { LiveEntity } from '../live/world.ts';
import type { Appearance } from './appearance.ts';
import type { Bounds } from './bounds.ts';
import { entityLayers } from './entity-layers.ts';
import { graticule } from './graticule.ts';
import { groundStyle } from './ground-style.ts';
import { icons } from './icons.ts';
import { mapColors } from './map-colors.ts';
import { PointsSource } from './points-source.ts';
import { ShapesSource } from './shapes-source.ts';

// A file of our own origin: the Content-Security-Policy then needs no blob: for workers.
setWorkerUrl(new URL(workerUrl, location.href).href);

export interface Pointed {
  readonly key: string;
  /** CSS pixels from the map's corner. */
  readonly x: number;
  readonly y: number;
}

export interface EntityMapOptions {
  readonly container: HTMLElement;
  readonly theme: Theme;
  /** Null: the plain ground. */
  readonly styleUrl: string | null;
  readonly center: readonly [number, number] | null;
  readonly zoom: number | null;
  readonly reducedMotion: boolean;
  readonly onChoose: (key: string) => void;
  readonly onHover: (pointed: Pointed | null) => void;
  readonly onView: () => void;
}

const empty: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
const pickable = ['point', 'shape'];
/** How far beside an entity a finger or a pointer may be, in CSS pixels. */
const slack = 7;

/** MapLibre, with the entities on it. Make it with {@link EntityMap.open}. */
export class EntityMap {
  readonly map: MapLibreMap;
  readonly points: PointsSource;
  readonly shapes: ShapesSource;
  readonly #options: EntityMapOptions;
  #hoverPending = false;

  /** Resolves when the style is there and things can be drawn. */
  static async open(options: EntityMapOptions): Promise<EntityMap> {
    const map = new MapLibreMap({
      container: options.container,
      style: options.styleUrl ?? groundStyle(options.theme),
      center: options.center ? [options.center[0], options.center[1]] : [10, 50],
      zoom: options.zoom ?? 2,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      fadeDuration: 0,
      maxZoom: 19,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new ScaleControl({ maxWidth: 100 }), 'bottom-left');
    await map.once('load');
    return new EntityMap(map, options);
  }

  private constructor(map: MapLibreMap, options: EntityMapOptions) {
    this.map = map;
    this.#options = options;
    for (const [name, image] of icons()) map.addImage(name, image, { sdf: true, pixelRatio: 2 });
    for (const name of ['shapes', 'trail', 'points', 'ring']) {
      map.addSource(name, { type: 'geojson', data: empty });
    }
    for (const layer of entityLayers(options.theme)) map.addLayer(layer);
    const points = map.getSource<GeoJSONSource>('points');
    if (!points) throw new Error('MapLibre did not keep the source of the points.');
    this.points = new PointsSource(points);
    this.shapes = new ShapesSource(map);
    map.on('click', (event) => this.#click(event));
    map.on('mousemove', (event) => this.#move(event));
    map.on('mouseout', () => options.onHover(null));
    map.on('move', () => options.onView());
    map.on('moveend', () => this.#drawGraticule());
    this.#drawGraticule();
  }

  setTheme(theme: Theme): void {
    const { map } = this;
    const colors = mapColors[theme];
    if (map.getLayer('ground')) {
      map.setPaintProperty('ground', 'background-color', colors.ground);
      map.setPaintProperty('graticule', 'line-color', colors.graticule);
    }
    for (const layer of entityLayers(theme)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        map.setPaintProperty(
          layer.id,
          name as Parameters<MapLibreMap['setPaintProperty']>[1],
          value,
        );
      }
    }
  }

  setShapes(shapes: Reference['shapes']): void {
    this.shapes.setShapes(shapes);
  }

  draw(entity: LiveEntity, appearance: Appearance): void {
    if (this.shapes.has(entity.key)) this.shapes.draw(entity.key, appearance);
    else this.points.draw(entity, appearance);
  }

  /** The ring, or the thicker line, and the way that the chosen one has come. */
  choose(entity: LiveEntity | undefined, trail: readonly (readonly [number, number])[]): void {
    const shaped = entity !== undefined && this.shapes.has(entity.key);
    this.shapes.choose(shaped ? entity.key : null);
    const place = shaped ? null : entity?.place;
    this.#set('ring', place ? { type: 'Point', coordinates: [place.lon, place.lat] } : null);
    const way = trail.map(([lon, lat]) => [lon, lat]);
    this.#set('trail', way.length > 1 ? { type: 'LineString', coordinates: way } : null);
  }

  fit(bounds: Bounds, padding: { readonly bottom: number }): void {
    this.map.fitBounds(bounds, {
      // The buttons are at the right.
      padding: { top: 48, left: 48, right: 72, bottom: padding.bottom },
      maxZoom: 15,
      animate: false,
    });
  }

  zoomBy(steps: number): void {
    this.map.zoomTo(this.map.getZoom() + steps, this.#motion());
  }

  /** As many lines as the map has room for. */
  get graticuleLines(): number {
    return Math.max(2, Math.floor(this.map.getContainer().clientWidth / 125));
  }

  /** Brings a place into view, if it isn't. */
  show(lon: number, lat: number): void {
    if (!this.map.getBounds().contains([lon, lat])) {
      this.map.easeTo({ center: [lon, lat], ...this.#motion() });
    }
  }

  close(): void {
    this.map.remove();
  }

  #motion() {
    return this.#options.reducedMotion ? { duration: 0 } : { duration: 140 };
  }

  #set(source: 'ring' | 'trail', geometry: GeoJSON.Geometry | null): void {
    const shown: GeoJSON.GeoJSON = geometry ? { type: 'Feature', properties: {}, geometry } : empty;
    this.map.getSource<GeoJSONSource>(source)?.setData(shown);
  }

  #drawGraticule(): void {
    const bounds = this.map.getBounds();
    this.map.getSource<GeoJSONSource>('graticule')?.setData(
      graticule(
        {
          west: bounds.getWest(),
          south: bounds.getSouth(),
          east: bounds.getEast(),
          north: bounds.getNorth(),
        },
        this.graticuleLines,
      ),
    );
    this.#options.onView();
  }

  /** The topmost entity within reach of a place on the screen; points lie above shapes. */
  #entityAt(x: number, y: number): string | undefined {
    const box: [[number, number], [number, number]] = [
      [x - slack, y - slack],
      [x + slack, y + slack],
    ];
    const key = this.map.queryRenderedFeatures(box, { layers: pickable })[0]?.properties.key;
    return typeof key === 'string' ? key : undefined;
  }

  #click(event: MapMouseEvent): void {
    const key = this.#entityAt(event.point.x, event.point.y);
    if (key !== undefined) this.#options.onChoose(key);
  }

  #move(event: MapMouseEvent): void {
    if (this.#hoverPending) return;
    this.#hoverPending = true;
    requestAnimationFrame(() => {
      this.#hoverPending = false;
      const { x, y } = event.point;
      const key = this.#entityAt(x, y);
      this.map.getCanvas().style.cursor = key === undefined ? '' : 'pointer';
      this.#options.onHover(key === undefined ? null : { key, x, y });
    });
  }
}
