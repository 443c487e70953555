import type * as GeoJSON from 'geojson';

/** Degrees. */
export interface View {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Steps in degrees: whole minutes below a degree, as charts have them. */
const steps = [30, 10, 5, 2, 1, 1 / 2, 1 / 4, 1 / 6, 1 / 12, 1 / 30, 1 / 60, 1 / 120, 1 / 360];

/** The finest step with at most so many lines from west to east. */
export function graticuleStep(view: View, lines: number): number {
  const span = Math.max(view.east - view.west, 1e-6);
  return steps.findLast((step) => span / step <= lines) ?? steps[0] ?? 30;
}

/** Multiples of `step` between `from` and `to`. */
export function multiplesWithin(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let count = Math.ceil(from / step); count * step <= to; count++) found.push(count * step);
  return found;
}

/** The lines over the view and as far again on each side, so that a small move needs no new ones. */
export function graticule(
  view: View,
  lines: number,
): GeoJSON.FeatureCollection<GeoJSON.LineString> {
  const step = graticuleStep(view, lines);
  const width = view.east - view.west;
  const height = view.north - view.south;
  const west = view.west - width;
  const east = view.east + width;
  const south = Math.max(-85, view.south - height);
  const north = Math.min(85, view.north + height);
  const line = (...coordinates: [number, number][]) =>
    ({
      type: 'Feature',
      properties: {},
      geometry: { type: 'LineString', coordinates },
    }) as const;
  return {
    type: 'FeatureCollection',
    features: [
      ...multiplesWithin(west, east, step).map((lon) => line([lon, south], [lon, north])),
      ...multiplesWithin(south, north, step).map((lat) => line([west, lat], [east, lat])),
    ],
  };
}

/** 56° 10′ N; seconds only where the step is below a minute. The equator and Greenwich lie on neither side. */
export function formatDegrees(value: number, axis: 'lat' | 'lon'): string {
  if (Math.abs(value) < 1 / 7200) return '0°';
  const half = axis === 'lat' ? (value < 0 ? 'S' : 'N') : value < 0 ? 'W' : 'E';
  const seconds = Math.round(Math.abs(value) * 3600);
  const degrees = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const two = (count: number) => String(count).padStart(2, '0');
  if (rest > 0) return `${degrees}°${two(minutes)}′${two(rest)}″ ${half}`;
  return minutes > 0 ? `${degrees}°${two(minutes)}′ ${half}` : `${degrees}° ${half}`;
}
