import type { Box } from '../store.ts';

const earthRadiusMetres = 6_371_008.8;
const metresPerDegree = (Math.PI / 180) * earthRadiusMetres;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** Great-circle distance (haversine) on a sphere of the mean radius. */
export function distanceMetres(a: Place, b: Place): number {
  const sinLat = Math.sin(radians(b.lat - a.lat) / 2);
  const sinLon = Math.sin(radians(b.lon - a.lon) / 2);
  const h = sinLat ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * sinLon ** 2;
  return 2 * earthRadiusMetres * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A box that holds the circle; `west` is greater than `east` where it crosses the antimeridian. */
export function boxAround({ lat, lon }: Place, metres: number): Box {
  // A little more than the circle, for what rounding takes.
  const degrees = (metres / metresPerDegree) * 1.000001 + 1e-9;
  const south = Math.max(-90, lat - degrees);
  const north = Math.min(90, lat + degrees);
  // Half the angle that the circle's widest meridians span; with a pole inside, all of them.
  const sine = Math.sin(radians(degrees)) / Math.cos(radians(lat));
  if (south === -90 || north === 90 || degrees >= 90 || sine >= 1)
    return { west: -180, south, east: 180, north };
  const lonDegrees = (Math.asin(sine) * 180) / Math.PI;
  return { west: wrap(lon - lonDegrees), south, east: wrap(lon + lonDegrees), north };
}

function wrap(lon: number): number {
  if (lon < -180) return lon + 360;
  return lon > 180 ? lon - 360 : lon;
}

/** Longitudes 180 and -180 are the same meridian, on both sides of a box. */
export function boxHolds(box: Box, { lat, lon }: Place): boolean {
  if (lat < box.south || lat > box.north) return false;
  if (spansLongitude(box, lon)) return true;
  return Math.abs(lon) === 180 && spansLongitude(box, -lon);
}

function spansLongitude({ west, east }: Box, lon: number): boolean {
  return west <= east ? lon >= west && lon <= east : lon >= west || lon <= east;
}
