import { formatDay, formatMinute } from '../words/format-time.ts';

const minuteMs = 60_000;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((count) => count * minuteMs);

export interface TimeTick {
  readonly timeMs: number;
  readonly label: string;
}

/** At most eight whole local times within the span; midnight bears its day. */
export function timeTicks(fromMs: number, toMs: number, most = 8): readonly TimeTick[] {
  const step = steps.find((candidate) => (toMs - fromMs) / candidate <= most) ?? steps.at(-1);
  if (step === undefined) return [];
  // Whole in local time: counted from a local midnight.
  const midnight = new Date(fromMs);
  midnight.setHours(0, 0, 0, 0);
  const first = midnight.getTime() + Math.ceil((fromMs - midnight.getTime()) / step) * step;
  const ticks: TimeTick[] = [];
  for (let timeMs = first; timeMs <= toMs; timeMs += step) {
    const date = new Date(timeMs);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    ticks.push({ timeMs, label: isMidnight ? formatDay(timeMs) : formatMinute(timeMs) });
  }
  return ticks;
}
