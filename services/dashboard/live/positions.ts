import type { Offsets } from '../../../core/log/event-log.ts';

/** Next offset to read of each partition of one topic, by partition number. */
export type Positions = readonly number[];

/** Per partition the further one. */
export function furthest(a: Positions, b: Positions): Positions {
  return a.map((offset, partition) => Math.max(offset, b[partition] ?? 0));
}

/** Whether `a` is at `b` or beyond it, in every partition. */
export function reaches(a: Positions, b: Positions): boolean {
  return b.every((offset, partition) => (a[partition] ?? 0) >= offset);
}

export function samePositions(a: Positions, b: Positions): boolean {
  return a.length === b.length && a.every((offset, partition) => offset === b[partition]);
}

export function toOffsets(topic: string, positions: Positions): Offsets {
  return { [topic]: Object.fromEntries(positions.entries()) };
}

/** `fallback` stands where the offsets say nothing of a partition. */
export function fromOffsets(offsets: Offsets, topic: string, fallback: Positions): Positions {
  const ofTopic = offsets[topic] ?? {};
  return fallback.map((offset, partition) => ofTopic[partition] ?? offset);
}
