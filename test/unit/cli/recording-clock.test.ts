import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RecordedTimes, recordingClock } from '../../../cli/replay/recording-clock.ts';

const hourMs = 3_600_000;
const beginMs = Date.parse('2014-08-19T06:00:00Z');
const startedAtMs = Date.parse('2026-05-01T12:00:00Z');
const clock = (times: RecordedTimes, speed: number | 'max') =>
  recordingClock({ times, speed, beginMs, lastMs: beginMs + 24 * hourMs, startedAtMs });

test('at 60 times the speed an hour of the recording is due within a minute', () => {
  assert.equal(clock('keep', 60).dueMs(beginMs + hourMs), startedAtMs + 60_000);
});

test('recorded times stand unless another is asked for', () => {
  assert.equal(clock('keep', 60).shiftMs(beginMs + hourMs, startedAtMs + 60_000), 0);
});

test('at real speed the shifted recording begins now', () => {
  const shiftMs = clock('shift', 1).shiftMs(beginMs + hourMs, startedAtMs + hourMs);
  assert.equal(beginMs + hourMs + shiftMs, startedAtMs + hourMs);
});

test('faster than real speed the shifted recording ends now', () => {
  const lastMs = beginMs + 24 * hourMs;
  assert.equal(lastMs + clock('shift', 'max').shiftMs(lastMs, startedAtMs), startedAtMs);
  assert.equal(
    beginMs + clock('shift', 10).shiftMs(beginMs, startedAtMs),
    startedAtMs - 24 * hourMs,
  );
});

test('compressed times are those at which the packets are due', () => {
  const shiftMs = clock('compress', 60).shiftMs(beginMs + hourMs, startedAtMs + 60_000);
  assert.equal(beginMs + hourMs + shiftMs, startedAtMs + 60_000);
});

test('no shifted or compressed time is ever after now, whatever the speed and the time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<RecordedTimes>('shift', 'compress'),
      fc.oneof(fc.double({ min: 0.1, max: 5000, noNaN: true }), fc.constant('max' as const)),
      fc.integer({ min: -hourMs, max: 25 * hourMs }),
      fc.integer({ min: 0, max: hourMs }),
      (times, speed, intoMs, lateMs) => {
        const pace = clock(times, speed);
        const timeMs = beginMs + intoMs;
        const nowMs = Math.ceil(pace.dueMs(timeMs)) + lateMs;
        assert.ok(timeMs + pace.shiftMs(timeMs, nowMs) <= nowMs);
      },
    ),
  );
});
