import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position } from '../../core/reading.ts';

/**
 * Room around an entity in the index, in degrees (some 200 m): one that moves within it is not indexed anew at each
 * step. Readers compare the position itself after the index.
 */
const marginDegrees = 0.002;

interface IndexedBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The writing side of the R*Tree `places`. */
export class PlaceIndex {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM places WHERE entity = ?');
    this.#get = db.prepare(
      'SELECT min_lon, max_lon, min_lat, max_lat FROM places WHERE entity = ?',
    );
  }

  /** The box that an entity has in the index. */
  get(entity: number): IndexedBox | null {
    const row = this.#get.get(entity);
    if (row === undefined) return null;
    return {
      west: Number(row.min_lon),
      south: Number(row.min_lat),
      east: Number(row.max_lon),
      north: Number(row.max_lat),
    };
  }

  /** Makes the index hold the position, and returns the box that it has then. */
  place(entity: number, indexed: IndexedBox | null, position: Position | null): IndexedBox | null {
    if (position === null) {
      if (indexed !== null) this.#remove.run(entity);
      return null;
    }
    const { lat, lon } = position;
    if (indexed !== null && within(indexed, position)) return indexed;
    // The index keeps 32-bit floats and rounds outwards.
    const box = {
      west: lon - marginDegrees,
      south: lat - marginDegrees,
      east: lon + marginDegrees,
      north: lat + marginDegrees,
    };
    this.#put.run(entity, box.west, box.east, box.south, box.north);
    return box;
  }
}

function within(box: IndexedBox, { lat, lon }: Position): boolean {
  return lon >= box.west && lon <= box.east && lat >= box.south && lat <= box.north;
}
