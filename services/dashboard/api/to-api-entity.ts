import type { Reading } from '../../../core/reading.ts';
import type { EntityState } from '../../../stores/store.ts';
import type { ApiEntity, ApiEntityDetail, ApiReading, ApiSnapshotEntity } from '../api-types.ts';
import { formatTime } from './api-time.ts';

export function toApiEntity(state: EntityState): ApiEntity {
  return {
    entityType: state.entityType,
    entityId: state.entityId,
    source: state.source,
    observedAt: formatTime(state.observedAt),
    receivedAt: formatTime(state.receivedAt),
    numbers: finiteNumbers(state.numbers),
    flags: state.flags,
    texts: state.texts,
    tags: state.tags,
    position: state.position,
    zones: state.zones,
  };
}

export function toApiEntityDetail(state: EntityState): ApiEntityDetail {
  return { ...toApiEntity(state), fieldTimes: formatTimes(Object.entries(state.fieldTimes)) };
}

/** With the times of those fields that are older than the entity's newest reading. */
export function toApiSnapshotEntity(state: EntityState): ApiSnapshotEntity {
  const older = Object.entries(state.fieldTimes).filter(([, micros]) => micros < state.observedAt);
  const entity = toApiEntity(state);
  return older.length === 0 ? entity : { ...entity, fieldTimes: formatTimes(older) };
}

export function toApiReading(reading: Reading): ApiReading {
  return {
    eventId: reading.eventId,
    entityType: reading.entityType,
    entityId: reading.entityId,
    source: reading.source,
    observedAt: formatTime(reading.observedAt),
    receivedAt: formatTime(reading.receivedAt),
    numbers: finiteNumbers(reading.numbers),
    flags: reading.flags,
    texts: reading.texts,
    tags: reading.tags,
    position: reading.position,
    zones: reading.zones,
    unset: reading.unset,
  };
}

/** JSON has no word for NaN and infinities; other producers than ours may have let one in. */
function finiteNumbers(numbers: Readonly<Record<string, number>>) {
  for (const name in numbers)
    if (!Number.isFinite(numbers[name]))
      return Object.fromEntries(
        Object.entries(numbers).filter(([, value]) => Number.isFinite(value)),
      );
  return numbers;
}

function formatTimes(times: readonly (readonly [string, number])[]): Record<string, string> {
  return Object.fromEntries(times.map(([field, micros]) => [field, formatTime(micros)]));
}
