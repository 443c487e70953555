/** Devices' times -> microseconds since 1970: whole, from 0 to 2^53. */
import { Temporal } from 'temporal-polyfill';
import { isRecordTime } from './reading.ts';

/** Which of the two a local time in the hour is that the clocks go through twice. */
export type Doubled = 'earlier' | 'later';

export type LocalTime =
  | { readonly micros: number }
  /** `nonexistent`: in the hour that the clocks skip. */
  | { readonly fault: 'invalid' | 'nonexistent' };

const rfc3339Pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(?:([Zz])|([+-])(\d\d):?(\d\d))$/;
const localPattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?$/;

/**
 * RFC 3339 with an offset or Z; also what devices make of it (a blank for T, +0200). A leap second is the second
 * after it. What is finer than a microsecond is cut off. Undefined when it is no such time.
 */
export function parseRfc3339(text: string): number | undefined {
  const match = rfc3339Pattern.exec(text);
  if (match === null) return undefined;
  const wallMicros = wallClockMicros(match);
  if (wallMicros === undefined) return undefined;
  if (match[8] !== undefined) return inRange(wallMicros);
  const hours = Number(match[10]);
  const minutes = Number(match[11]);
  if (hours > 23 || minutes > 59) return undefined;
  const offsetMicros = (hours * 60 + minutes) * 60e6;
  return inRange(match[9] === '-' ? wallMicros + offsetMicros : wallMicros - offsetMicros);
}

const unitMicros = { s: 1e6, ms: 1e3, us: 1 } as const;

/** A count of `unit` since 1970, with fractions, as a number. Undefined when it is out of range. */
export function epochMicros(count: number, unit: 's' | 'ms' | 'us'): number | undefined {
  return inRange(Math.round(count * unitMicros[unit]));
}

/** Nanoseconds since 1970 are beyond 2^53: they are read from their digits. */
export function epochNanosMicros(digits: string): number | undefined {
  if (!/^\d{1,19}$/.test(digits)) return undefined;
  return inRange(Number(digits.slice(0, -3)));
}

/** `2012-03-01 00:05[:09[.25]]` on the wall clocks of a zone. `doubled` says which of two it is. */
export function parseLocal(text: string, zone: string, doubled: Doubled): LocalTime {
  const match = localPattern.exec(text);
  const wallMicros = match === null ? undefined : wallClockMicros(match);
  if (wallMicros === undefined) return { fault: 'invalid' };
  const offset = steadyOffsetMicros(wallMicros, zone) ?? offsetAt(wallMicros, zone, doubled);
  if (offset === undefined) return { fault: 'nonexistent' };
  const micros = inRange(wallMicros - offset);
  return micros === undefined ? { fault: 'invalid' } : { micros };
}

export function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** Year to fraction of a match, as if its clock showed UTC. Undefined for a 31st of June or a 25th hour. */
function wallClockMicros(match: RegExpExecArray): number | undefined {
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = match[6] === undefined ? 0 : Number(match[6]);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60)
    return undefined;
  const year = Number(match[1]);
  if (day > daysInMonth(year, month)) return undefined;
  // Date.UTC would take years below 100 for the 20th century; they are out of range anyway.
  if (year < 1969) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return ms * 1000 + (match[7] === undefined ? 0 : Number(match[7].padEnd(6, '0').slice(0, 6)));
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function inRange(micros: number): number | undefined {
  return micros >= 0 && isRecordTime(micros) ? micros : undefined;
}

/** Offsets change on quarter hours (and, long ago, at odd seconds): within a steady one the offset is known. */
const quarterHourMicros = 900e6;
const maxCachedQuarters = 20_000;
const steadyOffsets = new Map<string, Map<number, number | undefined>>();

/** The zone's offset, where it is the same all through this quarter of an hour; else undefined. */
function steadyOffsetMicros(wallMicros: number, zone: string): number | undefined {
  let ofZone = steadyOffsets.get(zone);
  if (ofZone === undefined || ofZone.size >= maxCachedQuarters) {
    ofZone = new Map();
    steadyOffsets.set(zone, ofZone);
  }
  const quarter = Math.floor(wallMicros / quarterHourMicros);
  const cached = ofZone.get(quarter);
  if (cached !== undefined || ofZone.has(quarter)) return cached;
  const edges = [quarter * quarterHourMicros, (quarter + 1) * quarterHourMicros - 1];
  const offsets = edges.flatMap((edge) => [
    offsetAt(edge, zone, 'earlier'),
    offsetAt(edge, zone, 'later'),
  ]);
  const steady = offsets.every((offset) => offset === offsets[0]) ? offsets[0] : undefined;
  ofZone.set(quarter, steady);
  return steady;
}

/** Undefined in the hour that isn't there. */
function offsetAt(wallMicros: number, zone: string, doubled: Doubled): number | undefined {
  const wall = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMicros / 1000))
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime();
  const zoned = wall.toZonedDateTime(zone, { disambiguation: doubled });
  if (!zoned.toPlainDateTime().equals(wall)) return undefined;
  return zoned.offsetNanoseconds / 1000;
}
