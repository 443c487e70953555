/**
 * What becomes of the recorded times. `keep`: as recorded. `shift`: moved as one, so that they begin now (up to real
 * speed) or end now (faster). `compress`: the moment at which the packet is due, so that a day may pass in minutes.
 */
export type RecordedTimes = 'keep' | 'shift' | 'compress';

export interface RecordingClockOptions {
  readonly times: RecordedTimes;
  /** Recorded time by wall time; `max` doesn't wait at all. */
  readonly speed: number | 'max';
  /** Recorded: where it begins, and its last time. */
  readonly beginMs: number;
  readonly lastMs: number;
  /** Wall clock at the begin. */
  readonly startedAtMs: number;
}

export interface RecordingClock {
  /** The wall clock at which a packet of this recorded time is due. */
  dueMs(timeMs: number): number;
  /** What to add to its times. With `shift` and `compress`, what comes out is never after `nowMs`. */
  shiftMs(timeMs: number, nowMs: number): number;
  /** The recorded time that a moment of the wall clock stands for. */
  recordedMs(wallMs: number): number;
}

/** Pure: the wall clock comes as arguments. */
export function recordingClock(options: RecordingClockOptions): RecordingClock {
  const { times, speed, beginMs, lastMs, startedAtMs } = options;
  const pace = speed === 'max' ? Number.POSITIVE_INFINITY : speed;
  const dueMs = (timeMs: number) => startedAtMs + Math.max(0, timeMs - beginMs) / pace;
  const wholeShiftMs = startedAtMs - (pace <= 1 ? beginMs : lastMs);
  const notAfterNow = (timeMs: number, shiftMs: number, nowMs: number) =>
    Math.floor(Math.min(shiftMs, nowMs - timeMs));
  return {
    dueMs,
    recordedMs: (wallMs) =>
      speed === 'max' ? lastMs : Math.min(lastMs, beginMs + (wallMs - startedAtMs) * speed),
    shiftMs(timeMs, nowMs) {
      if (times === 'keep') return 0;
      if (times === 'shift') return notAfterNow(timeMs, wholeShiftMs, nowMs);
      return notAfterNow(timeMs, (speed === 'max' ? nowMs : dueMs(timeMs)) - timeMs, nowMs);
    },
  };
}
