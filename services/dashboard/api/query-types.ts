import { z } from 'zod';
import { parseSpanMs, spanExpected } from '../../../core/config/span.ts';
import { entityTypePattern } from '../../../core/entity-type.ts';
import { parseEntityKey } from '../../../core/reading.ts';
import type { Box } from '../../../stores/store.ts';
import { parseTime } from './api-time.ts';

/**
 * What parameters of a query are made of. The message of each is what should have come, as it stands in
 * "query.bbox should be ...; it is ...".
 */
function parsed<T>(expected: string, parse: (text: string) => T | undefined, example: string) {
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    })
    .meta({
      description: `${expected[0]?.toUpperCase()}${expected.slice(1)}.`,
      examples: [example],
    });
}

const decimals = (text: string) =>
  text.split(',').map((part) => (/^\s*-?\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN));

function parseBox(text: string): Box | undefined {
  const parts = decimals(text);
  const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = parts;
  const isBox =
    parts.length === 4 &&
    isLon(west) &&
    isLon(east) &&
    isLat(south) &&
    isLat(north) &&
    south <= north;
  return isBox ? { west, south, east, north } : undefined;
}

function parsePlace(text: string): { lon: number; lat: number } | undefined {
  const parts = decimals(text);
  const [lon = Number.NaN, lat = Number.NaN] = parts;
  return parts.length === 2 && isLon(lon) && isLat(lat) ? { lon, lat } : undefined;
}

const isLon = (degrees: number) => Math.abs(degrees) <= 180;
const isLat = (degrees: number) => Math.abs(degrees) <= 90;

export const boxParameter = parsed(
  'west,south,east,north in degrees (longitudes -180 to 180, latitudes -90 to 90, south not above north; west may be greater than east across the antimeridian)',
  parseBox,
  '10.1,56.1,10.3,56.2',
);

export const placeParameter = parsed('lon,lat in degrees', parsePlace, '10.2,56.15');

export const timeParameter = parsed(
  'a time as RFC 3339 (2026-01-31T12:00:00Z) or in milliseconds since 1970',
  parseTime,
  '2026-01-31T12:00:00Z',
);

export const spanParameter = parsed(spanExpected, parseSpanMs, '5m');

export const entityParameter = parsed(
  'entityType/entityId, as in bus/18',
  (text) => {
    const entity = parseEntityKey(text);
    return entity === undefined || entity.entityId === '' ? undefined : entity;
  },
  'bus/18',
);

export const metresParameter = parsed(
  'a distance in metres, more than 0 and at most 20040000',
  (text) => {
    const metres = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
    return metres > 0 && metres <= 20_040_000 ? metres : undefined;
  },
  '500',
);

export function countParameter(largest: number, usual: number) {
  return parsed(
    `a whole number from 1 to ${largest} (${usual} when absent)`,
    (text) => {
      const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
      return count >= 1 && count <= largest ? count : undefined;
    },
    String(usual),
  ).default(usual);
}

export const typeParameter = z
  .string({ error: 'an entity type' })
  .regex(entityTypePattern, 'an entity type: small letters, digits and hyphens, a letter first')
  .meta({ description: 'An entity type.', examples: ['bus'] });

export const nameParameter = z
  .string({ error: 'one text' })
  .min(1, 'a text that is not empty')
  .max(10_000, 'a text of at most 10000 characters');

/** A parameter that may repeat: one text or several, always several afterwards. */
export function repeated<T extends z.ZodType<unknown, string>>(one: T, most: number) {
  return z.preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(one, { error: 'given at least once' }).min(1).max(most, `given at most ${most} times`),
  );
}
