import { isObject, type Leaf, nameOf, type Part, toPath, wordsOf } from './leaves.ts';

export interface GuessedPosition {
  readonly lat: string;
  readonly lon: string;
  readonly altitude: string | undefined;
  /** The leaves that it is made of. */
  readonly paths: ReadonlySet<string>;
}

const latNames = /^(?:lat|latitude|gps lat(?:itude)?)$/;
const lonNames = /^(?:lon|lng|long|longitude|gps lo?n(?:g(?:itude)?)?)$/;
const altitudeNames = /^(?:alt|altitude|elevation|gps alt(?:itude)?)$/;

/** Two neighbours that are degrees by name and value, or a GeoJSON point. */
export function guessPosition(
  leaves: readonly Leaf[],
  parts: readonly Part[],
): GuessedPosition | undefined {
  const named = (pattern: RegExp) => leaves.filter((leaf) => pattern.test(wordsOf(nameOf(leaf))));
  const siblings = (a: Leaf, b: Leaf) =>
    a.isInPart === b.isInPart && toPath(a.keys.slice(0, -1)) === toPath(b.keys.slice(0, -1));
  for (const lat of named(latNames)) {
    const lon = named(lonNames).find((other) => siblings(lat, other));
    if (lon === undefined || !areDegrees(lat, 90) || !areDegrees(lon, 180)) continue;
    const altitude = named(altitudeNames).find((other) => siblings(lat, other));
    const all = [lat, lon, ...(altitude === undefined ? [] : [altitude])];
    const paths = new Set(all.map(({ path }) => path));
    return { lat: lat.path, lon: lon.path, altitude: altitude?.path, paths };
  }
  return guessPoint(parts);
}

function areDegrees({ values }: Leaf, limit: number): boolean {
  const isDegree = (value: unknown) =>
    value !== '' && typeof value !== 'boolean' && Math.abs(Number(value)) <= limit;
  return values.length > 0 && values.every(isDegree);
}

/** RFC 7946, 3.1.2: longitude stands first. */
function guessPoint(parts: readonly Part[]): GuessedPosition | undefined {
  for (const key of ['geometry', 'location', 'position', 'coordinates']) {
    const isPoint = ({ value }: Part) => {
      const point = isObject(value) ? value[key] : undefined;
      return isObject(point) && point.type === 'Point' && Array.isArray(point.coordinates);
    };
    if (parts.length === 0 || !parts.every(isPoint)) continue;
    return {
      lat: `$.${key}.coordinates[1]`,
      lon: `$.${key}.coordinates[0]`,
      altitude: undefined,
      paths: new Set([`$.${key}.type`]),
    };
  }
  return undefined;
}
