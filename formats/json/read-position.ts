import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Position } from '../../core/reading.ts';
import type { JsonFormatDeclaration } from './declaration.ts';
import type { Part } from './part.ts';
import { compileField, type FieldOptions, type Values } from './read-fields.ts';

/** Null where the part has none; latitude and longitude come together or not at all. */
export type ReadPosition = (part: Part) => Position | null | DeadLetterOutcome;

export function compilePosition(
  position: NonNullable<JsonFormatDeclaration<string>['position']>,
  options: FieldOptions = {},
): ReadPosition {
  const lat = compileField('lat', { path: position.lat, kind: 'number' }, options);
  const lon = compileField('lon', { path: position.lon, kind: 'number' }, options);
  const altitude =
    position.altitude === undefined
      ? undefined
      : compileField('altitude', { path: position.altitude, kind: 'number' }, options);
  return (part) => {
    const values: Values = { numbers: {}, flags: {}, texts: {}, unset: [] };
    for (const read of [lat, lon, altitude]) {
      const outcome = read?.(part, values);
      if (typeof outcome === 'object') return outcome;
    }
    const { numbers } = values;
    if (numbers.lat === undefined && numbers.lon === undefined) return null;
    if (numbers.lat === undefined || numbers.lon === undefined)
      return {
        kind: 'deadLetter',
        reason: 'path-missing',
        detail: `Expected latitude and longitude together; ${numbers.lat === undefined ? 'latitude' : 'longitude'} is missing.`,
        place: part.place,
      };
    return { lat: numbers.lat, lon: numbers.lon, altitude: numbers.altitude ?? null };
  };
}
