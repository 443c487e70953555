import { Feed } from '../live/feed.ts';
import type { World } from '../live/world.ts';
import { Observable } from './observable.ts';
import { serverNow } from './reference.ts';

/** What the page shows: the live world, or the world as it was at a past time. */
export interface Scene {
  readonly world: World;
  /** Null: now, and going on. */
  readonly atMs: number | null;
}

export const feed = new Feed();

export const scene = new Observable<Scene>({ world: feed.world, atMs: null });

/** The time that ages are told from. */
export const sceneNow = () => scene.get().atMs ?? serverNow();
