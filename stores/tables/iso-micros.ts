/** Texts of seconds seen lately: a batch's times lie close together, and a date is dear to write. */
const slots = 1024;
const seconds = new Float64Array(slots).fill(Number.NaN);
const texts = new Array<string>(slots).fill('');

/** Microseconds since 1970 as an RFC 3339 time in UTC, always of one length, so that texts sort as times. */
export function isoMicros(micros: number): string {
  const second = Math.floor(micros / 1e6);
  const slot = second & (slots - 1);
  if (seconds[slot] !== second) {
    seconds[slot] = second;
    texts[slot] = new Date(second * 1000).toISOString().slice(0, 19);
  }
  return `${texts[slot]}.${String(micros - second * 1e6).padStart(6, '0')}Z`;
}
