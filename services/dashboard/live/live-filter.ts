import type { Position } from '../../../core/reading.ts';
import type { Box } from '../../../stores/store.ts';
import type { LiveReading } from './live-reading.ts';

/** What a client asked for; all that is given must hold. */
export interface LiveFilter {
  readonly types: readonly string[] | undefined;
  /** Record keys, `type/id`. */
  readonly entities: readonly string[] | undefined;
  readonly box: Box | undefined;
}

export function isWithin(box: Box, { lat, lon }: Position): boolean {
  if (lat < box.south || lat > box.north) return false;
  return box.west <= box.east
    ? lon >= box.west && lon <= box.east
    : lon >= box.west || lon <= box.east;
}

/**
 * Picks one client's readings. With a box it remembers who is inside, since many readings say nothing of a place: a
 * reading passes when its entity is inside, or leaves with it.
 */
export class LiveSieve {
  readonly #types: ReadonlySet<string> | undefined;
  readonly #entities: ReadonlySet<string> | undefined;
  readonly #box: Box | undefined;
  readonly #inside = new Map<string, boolean>();
  /** Where nothing is known of an entity: pass a first reading outside (it may have left), and one without a place. */
  #unknown: { readonly outside: boolean; readonly placeless: boolean };

  constructor(filter: LiveFilter) {
    this.#types = filter.types && new Set(filter.types);
    this.#entities = filter.entities && new Set(filter.entities);
    this.#box = filter.box;
    this.#unknown = { outside: false, placeless: false };
  }

  /** Entities that are inside as far as is known, and what to do with all others. */
  begin(keysInside: Iterable<string>, unknown: { outside: boolean; placeless: boolean }): void {
    this.#inside.clear();
    for (const key of keysInside) this.#inside.set(key, true);
    this.#unknown = unknown;
  }

  passes(reading: LiveReading): boolean {
    const { key } = reading;
    if (this.#entities && !this.#entities.has(key)) return false;
    if (this.#types && !this.#types.has(key.slice(0, key.indexOf('/')))) return false;
    return this.#box === undefined || this.#passesBox(this.#box, reading);
  }

  #passesBox(box: Box, { key, position }: LiveReading): boolean {
    const wasInside = this.#inside.get(key);
    if (position === null) return wasInside ?? this.#unknown.placeless;
    const isInside = isWithin(box, position);
    if (isInside !== wasInside) this.#inside.set(key, isInside);
    return isInside || (wasInside ?? this.#unknown.outside);
  }
}
