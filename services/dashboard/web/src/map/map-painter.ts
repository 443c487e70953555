import { pageAddress } from '../app/page-address.ts';
import { reference } from '../app/reference.ts';
import { feed, scene, sceneNow } from '../app/scene.ts';
import { theme } from '../app/theme.ts';
import type { LiveEntity } from '../live/world.ts';
import { appearanceOf } from './appearance.ts';
import { boundsOf } from './bounds.ts';
import { type ColorScale, colorScaleOf } from './color-scale.ts';
import { colorScales } from './color-scales.ts';
import type { EntityMap } from './entity-map.ts';

const trailLength = 600;

/** Keeps the map as the scene is: changes frame by frame, fading and scales every second. */
export class MapPainter {
  readonly #map: EntityMap;
  readonly #bottomPadding: () => number;
  readonly #ends: (() => void)[] = [];
  #fitted = false;
  #epoch = scene.get().world.epoch;
  #trail: { key: string; places: (readonly [number, number])[] } = { key: '', places: [] };

  constructor(map: EntityMap, bottomPadding: () => number) {
    this.#map = map;
    this.#bottomPadding = bottomPadding;
    map.setShapes(reference.get().shapes);
    const second = window.setInterval(() => this.paintAll(), 1000);
    this.#ends.push(
      () => window.clearInterval(second),
      feed.onFrame((changed) => this.#paintChanged(changed)),
      scene.subscribe(() => this.#startAnew()),
      theme.subscribe(() => this.#changeTheme()),
      reference.subscribe(() => this.#takeReference()),
      pageAddress.subscribe(() => this.#choose()),
    );
    this.paintAll();
    this.#choose();
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** All there is, in view. */
  fit(): void {
    const bounds = boundsOf(scene.get().world.all(), reference.get().shapes);
    if (bounds) this.#map.fit(bounds, { bottom: this.#bottomPadding() });
  }

  paintAll(): void {
    const { world } = scene.get();
    this.#followEpoch();
    this.#updateScales();
    for (const entity of world.all()) this.#paint(entity);
    this.#map.points.flush();
    if (!this.#fitted && this.#mayFit()) {
      this.#fitted = true;
      this.fit();
    }
  }

  /** Once the whole snapshot is there; a view that jumps after each part would be worse than a moment's wait. */
  #mayFit(): boolean {
    const { pipeline, complete } = reference.get();
    if (!pipeline || !complete || !feed.state.get().begun) return false;
    return boundsOf(scene.get().world.all(), reference.get().shapes) !== undefined;
  }

  #paintChanged(changed: readonly LiveEntity[]): void {
    if (scene.get().atMs !== null) return;
    this.#followEpoch();
    const chosen = pageAddress.get().entity;
    for (const entity of changed) {
      this.#paint(entity);
      if (entity.key === chosen) this.#choose();
    }
    this.#map.points.flush();
    if (!this.#fitted) this.paintAll();
  }

  #paint(entity: LiveEntity): void {
    const scale = colorScales.get().get(entity.entityType);
    this.#map.draw(entity, appearanceOf(entity, scale, theme.get(), sceneNow()));
  }

  #updateScales(): void {
    const before = colorScales.get();
    const scales = new Map<string, ColorScale>();
    let changed = false;
    for (const model of reference.get().models.values()) {
      const old = before.get(model.entityType);
      const scale = colorScaleOf(model, scene.get().world.all(), old);
      if (!scale) continue;
      scales.set(model.entityType, scale);
      if (scale.low !== old?.low || scale.high !== old?.high) changed = true;
    }
    if (changed) colorScales.set(scales);
  }

  /** After a reset the world begins anew; what was drawn of the old one goes. */
  #followEpoch(): void {
    const { epoch } = scene.get().world;
    if (epoch !== this.#epoch) this.#forget();
    this.#epoch = epoch;
  }

  #forget(): void {
    this.#map.points.clear();
    this.#map.shapes.forgetStates();
  }

  #startAnew(): void {
    this.#forget();
    this.#trail = { key: '', places: [] };
    this.paintAll();
    this.#choose();
  }

  #changeTheme(): void {
    this.#map.setTheme(theme.get());
    this.paintAll();
  }

  #takeReference(): void {
    this.#map.setShapes(reference.get().shapes);
    this.#forget();
    this.paintAll();
    this.#choose();
  }

  #choose(): void {
    const key = pageAddress.get().entity;
    const entity = key === null ? undefined : scene.get().world.get(key);
    if (this.#trail.key !== (key ?? '')) this.#trail = { key: key ?? '', places: [] };
    if (entity?.place) {
      const { lon, lat } = entity.place;
      const last = this.#trail.places.at(-1);
      if (last?.[0] !== lon || last[1] !== lat) this.#trail.places.push([lon, lat]);
      if (this.#trail.places.length > trailLength) this.#trail.places.shift();
    }
    this.#map.choose(entity, this.#trail.places);
  }
}
