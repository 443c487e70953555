const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const clockWithZone = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});
const dayOnly = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const hourAndMinute = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** 14:03:27 */
export const formatClock = (timeMs: number) => clock.format(timeMs);
/** 14:03 */
export const formatMinute = (timeMs: number) => hourAndMinute.format(timeMs);
/** 22 Nov */
export const formatDay = (timeMs: number) => dayOnly.format(timeMs);

/** Local time with its zone; the day too when it isn't today. */
export function formatTime(timeMs: number, nowMs: number): string {
  const sameDay = new Date(timeMs).toDateString() === new Date(nowMs).toDateString();
  return (sameDay ? clockWithZone : dayAndClock).format(timeMs);
}

/** A span as people say it: 38 ms, 3 s, 4 min, 2 h, 5 d. */
export function formatSpan(spanMs: number): string {
  const ms = Math.max(0, spanMs);
  if (ms < 995) return `${Math.round(ms)} ms`;
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  if (ms < 59.5 * 60_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 47.5 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** "3 s ago"; under a second "now", so that a list of live entities doesn't flicker. */
export function formatAge(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs;
  return ageMs < 1000 ? 'now' : `${formatSpan(ageMs)} ago`;
}

/** How often, as in "usually every second", "usually every 5 min". */
export function formatInterval(intervalMs: number): string {
  if (intervalMs === 1000) return 'second';
  if (intervalMs === 60_000) return 'minute';
  if (intervalMs === 3_600_000) return 'hour';
  if (intervalMs === 86_400_000) return 'day';
  return formatSpan(intervalMs);
}
