/** The last second that was written, since times that come together mostly share it. */
let knownSecond = Number.NaN;
/** `2026-11-22T12:00:00.` */
let knownText = '';

/** Microseconds since 1970 -> RFC 3339 in UTC: milliseconds always, microseconds where there are any. */
export function formatTime(micros: number): string {
  const second = Math.floor(micros / 1e6);
  if (second !== knownSecond) {
    knownText = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
    knownSecond = second;
  }
  // With a one in front, so that zeros stay.
  const digits = String(1e6 + (micros - second * 1e6));
  return `${knownText}${digits.endsWith('000') ? digits.slice(1, 4) : digits.slice(1)}Z`;
}

// In a query a plus sign that was not encoded arrives as a blank, so a blank may stand before the zone's hours.
const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+\- ])(\d{2}:\d{2}))$/;

/** RFC 3339, or milliseconds since 1970 -> microseconds. Undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  if (/^-?\d{1,13}$/.test(text)) return Number(text) * 1000;
  const [, date, time, fraction = '', sign, zone] = rfc3339.exec(text) ?? [];
  if (date === undefined) return undefined;
  const offset = zone === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${zone}`;
  const epochMs = Date.parse(`${date}T${time}${offset}`);
  if (!Number.isFinite(epochMs)) return undefined;
  // A day that the month doesn't have (31 April) is moved on by Date.parse instead of refused.
  if (new Date(Date.parse(`${date}T00:00:00Z`)).toISOString().slice(0, 10) !== date)
    return undefined;
  return epochMs * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
