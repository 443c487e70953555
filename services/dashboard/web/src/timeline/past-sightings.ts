import type { ApiModel, ApiSeries } from '../../../api-types.ts';
import type { Sighting } from '../live/world.ts';

interface Gathered {
  readonly entityId: string;
  readonly numbers: Record<string, number>;
  readonly flags: Record<string, boolean>;
  readonly texts: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly fieldTimesMs: Record<string, number>;
}

/** What each entity had last said by a past time, out of the last points of its series. */
export function sightingsOf(
  series: readonly ApiSeries[],
  model: ApiModel,
  atMs: number,
): readonly Sighting[] {
  const tagNames = new Set(
    model.fields.filter(({ kind }) => kind === 'tag').map(({ name }) => name),
  );
  const byEntity = new Map<string, Gathered>();
  for (const { entityId, field, points, everyMs } of series) {
    const last = points.at(-1);
    if (!last) continue;
    const gathered = byEntity.get(entityId) ?? emptyGathered(entityId);
    byEntity.set(entityId, gathered);
    const [timeMs, value] = last;
    // A window's value was seen at its end at the latest.
    gathered.fieldTimesMs[field] = Math.min(atMs, timeMs + (everyMs ?? 0));
    if (typeof value === 'number') gathered.numbers[field] = value;
    else if (typeof value === 'boolean') gathered.flags[field] = value;
    else if (tagNames.has(field)) gathered.tags[field] = value;
    else gathered.texts[field] = value;
  }
  return [...byEntity.values()].map((gathered) => sightingOf(gathered, model));
}

function emptyGathered(entityId: string): Gathered {
  return { entityId, numbers: {}, flags: {}, texts: {}, tags: {}, fieldTimesMs: {} };
}

function sightingOf(gathered: Gathered, model: ApiModel): Sighting {
  const { lat, lon, altitude, ...numbers } = gathered.numbers;
  const placed = lat !== undefined && lon !== undefined;
  const observedAtMs = Math.max(...Object.values(gathered.fieldTimesMs));
  return {
    entityType: model.entityType,
    entityId: gathered.entityId,
    source: '',
    observedAtMs,
    receivedAtMs: observedAtMs,
    numbers,
    flags: gathered.flags,
    texts: gathered.texts,
    tags: gathered.tags,
    position: placed ? { lat, lon, altitude: altitude ?? null } : null,
    zones: [],
    fieldTimesMs: {
      ...gathered.fieldTimesMs,
      ...(placed ? { position: gathered.fieldTimesMs.lat ?? observedAtMs } : {}),
    },
  };
}
