import type { ApiReading, ApiSnapshotEntity } from '../../../api-types.ts';
import type { Sighting } from './world.ts';

/** An entity of the snapshot, with its times as epoch ms. */
export function sightingOfEntity(entity: ApiSnapshotEntity): Sighting {
  const sighting = {
    ...entity,
    observedAtMs: Date.parse(entity.observedAt),
    receivedAtMs: Date.parse(entity.receivedAt),
  };
  if (!entity.fieldTimes) return sighting;
  const fieldTimesMs: Record<string, number> = {};
  for (const [name, time] of Object.entries(entity.fieldTimes)) {
    fieldTimesMs[name] = Date.parse(time);
  }
  return { ...sighting, fieldTimesMs };
}

/** A reading of the feed. Called thousands of times a second: it takes the object over and adds to it. */
export function sightingOfReading(reading: ApiReading): Sighting {
  const sighting = reading as ApiReading & { observedAtMs: number; receivedAtMs: number };
  sighting.observedAtMs = Date.parse(reading.observedAt);
  sighting.receivedAtMs = Date.parse(reading.receivedAt);
  return sighting;
}
