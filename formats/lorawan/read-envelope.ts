import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Position } from '../../core/reading.ts';
import { parseRfc3339 } from '../../core/time.ts';
import { isObject } from '../device/device-fields.ts';
import { deadLetter, describeJson } from '../json/part.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object at a name; an empty one where there is none. */
export function objectAt(holder: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  return isObject(value) ? value : {};
}

export function textAt(holder: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Also a number in a text: protobuf's JSON writes 64 bits so. */
export function numberAt(holder: JsonObject, name: string): number | undefined {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** `{latitude, longitude, altitude}`; null where it is empty, as it is for a gateway that nobody has placed. */
export function locationAt(holder: JsonObject, name: string): Position | null {
  const location = objectAt(holder, name);
  const lat = numberAt(location, 'latitude');
  const lon = numberAt(location, 'longitude');
  if (lat === undefined || lon === undefined) return null;
  return { lat, lon, altitude: numberAt(location, 'altitude') ?? null };
}

/** A place that a service has solved: there, it has to be one. */
export function solvedLocationAt(holder: JsonObject, place: string): Position | DeadLetterOutcome {
  return (
    locationAt(holder, 'location') ??
    deadLetter(
      'path-missing',
      'Expected latitude and longitude of the location; one is missing.',
      place,
    )
  );
}

/** RFC 3339 at one of these places, the first that is there. */
export function timeAt(
  places: readonly (readonly [holder: JsonObject, name: string, place: string])[],
): number | DeadLetterOutcome {
  for (const [holder, name, place] of places) {
    const value = holder[name];
    if (value === undefined || value === null) continue;
    const micros = typeof value === 'string' ? parseRfc3339(value) : undefined;
    if (micros !== undefined) return micros;
    return deadLetter(
      'time-invalid',
      `Expected a time as 2024-02-13T16:32:59.931Z at ${name}; came ${describeJson({ value })}.`,
      place,
    );
  }
  const names = places.map(([, , place]) => place).join(' or ');
  return deadLetter('time-missing', `Expected a time at ${names}; nothing is there.`, '$');
}
