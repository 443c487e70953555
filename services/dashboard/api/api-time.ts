/** Microseconds since 1970 -> RFC 3339 in UTC: milliseconds always, microseconds where there are any. */
export function formatTime(micros: number): string {
  const epochMs = Math.floor(micros / 1000);
  const rest = micros - epochMs * 1000;
  const text = new Date(epochMs).toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
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
