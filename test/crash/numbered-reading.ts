import type { Reading } from '../../core/reading.ts';
import { makeReading } from '../support/make-reading.ts';

const at = 1_700_000_000_000_000;
export const buses = 10;

/** Three readings of each bus share a time; every 50th breaks its model, every 33rd is filtered. */
export function numberedReading(n: number): Reading {
  const time = Math.floor(n / (buses * 3));
  return makeReading({
    eventId: String(n),
    entityId: `bus-${n % buses}`,
    observedAt: at + time,
    numbers: { speed: n % 50 === 0 ? -1 : n % 33 === 0 ? 1 : 90 },
  });
}

export function isPassedOn(n: number): boolean {
  return n % 50 !== 0 && n % 33 !== 0;
}
