import { modelOf } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';
import { formatInterval, formatSpan } from './format-time.ts';
import { typeLabelOf } from './name-of.ts';

/** fresh; late: three of its usual intervals have passed; silent: ten. Types without a usual interval stay fresh. */
export type Staleness = 'fresh' | 'late' | 'silent';

export function stalenessOf(entity: LiveEntity, nowMs: number): Staleness {
  const usualMs = modelOf(entity.entityType)?.usualIntervalMs ?? null;
  if (usualMs === null) return 'fresh';
  // A second of grace: the way from the device to the page is no silence.
  const silentForMs = nowMs - entity.observedAtMs - 1000;
  if (silentForMs > 10 * usualMs) return 'silent';
  return silentForMs > 3 * usualMs ? 'late' : 'fresh';
}

/** "No reading from bus 18/423 for 4 min (usually every second)." */
export function staleSentence(entity: LiveEntity, nowMs: number): string {
  const usualMs = modelOf(entity.entityType)?.usualIntervalMs ?? 0;
  const who = `${typeLabelOf(entity.entityType)} ${entity.entityId}`;
  const span = formatSpan(nowMs - entity.observedAtMs);
  return `No reading from ${who} for ${span} (usually every ${formatInterval(usualMs)}).`;
}
