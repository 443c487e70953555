/**
 * The regular times of a source's polls: `every` apart from the first one on. What passed while nobody asked is not
 * made up for: one poll brings what there is. Pure.
 */
export function nextSlot(slotAtMs: number, everyMs: number, nowMs: number): number {
  const missed = Math.max(0, Math.floor((nowMs - slotAtMs) / everyMs));
  return slotAtMs + (missed + 1) * everyMs;
}

/** `random`: 0 to 1. */
export function withJitter(slotAtMs: number, jitterMs: number, random: () => number): number {
  return slotAtMs + Math.floor(random() * jitterMs);
}

const firstBackoffMs = 1000;
const longestBackoffMs = 5 * 60_000;
const longestOpenMs = 15 * 60_000;

/** After the n-th failure one after the other: doubles from 1 s to 5 min, drawn from its upper half. */
export function backoffMs(failures: number, random: () => number): number {
  return halfToWhole(
    Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20)),
    random,
  );
}

/** How long a circuit stays open that opens for the n-th time without a success: doubles up to 15 min. */
export function openForMs(openMs: number, opened: number, random: () => number): number {
  const full = openMs * 2 ** Math.min(opened - 1, 20);
  return halfToWhole(Math.min(Math.max(longestOpenMs, openMs), full), random);
}

function halfToWhole(fullMs: number, random: () => number): number {
  return Math.round(fullMs / 2 + (fullMs / 2) * random());
}
