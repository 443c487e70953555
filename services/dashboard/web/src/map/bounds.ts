import type { ApiGeometry } from '../../../api-types.ts';
import type { Reference } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';

export type Bounds = [west: number, south: number, east: number, north: number];

/** Every corner of a geometry. */
export function* cornersOf(geometry: ApiGeometry): Generator<readonly [number, number]> {
  const stack: unknown[] = [geometry.coordinates];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (!Array.isArray(top)) continue;
    const [lon, lat] = top;
    if (typeof lon === 'number' && typeof lat === 'number') yield [lon, lat];
    else stack.push(...top);
  }
}

function* everyPlace(
  entities: Iterable<LiveEntity>,
  shapes: Reference['shapes'],
): Generator<readonly [number, number]> {
  for (const { place } of entities) if (place) yield [place.lon, place.lat];
  for (const ofType of shapes.values()) {
    for (const { geometry } of ofType.values()) yield* cornersOf(geometry);
  }
}

/** Is there anything to draw? Ends at the first place. */
export function hasPlaces(entities: Iterable<LiveEntity>, shapes: Reference['shapes']): boolean {
  return everyPlace(entities, shapes).next().done !== true;
}

/** What the map shows at first: all there is, but not the few that stray (beyond the outer hundredths by far). */
export function boundsOf(
  entities: Iterable<LiveEntity>,
  shapes: Reference['shapes'],
): Bounds | undefined {
  const places = [...everyPlace(entities, shapes)];
  if (places.length === 0) return undefined;
  const [west, east] = middleSpan(places.map(([lon]) => lon));
  const [south, north] = middleSpan(places.map(([, lat]) => lat));
  return [west, south, east, north];
}

function middleSpan(values: number[]): [number, number] {
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  const low = at(0.01);
  const high = at(0.99);
  const allowance = (high - low) * 1.5;
  return [Math.max(at(0), low - allowance), Math.min(at(1), high + allowance)];
}
